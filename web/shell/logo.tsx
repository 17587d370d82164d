/** The sign of Towline: two ends and the line between them. */
import "./logo.css";

export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <rect width="24" height="24" rx="6" />
      <circle cx="6.8" cy="15.6" r="2.3" />
      <circle cx="17.2" cy="8.4" r="2.3" />
      <path d="M9.1 15.6c4.6 0 1.2-7.2 5.8-7.2" />
    </svg>
  );
}
