// Applies the chosen theme before anything is painted. It is a file of its own because the policy
// of the page allows no inline script, and no module because modules run after the first paint.
try {
  const theme = localStorage.getItem("towline.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is switched off: the theme of the system it is.
}
