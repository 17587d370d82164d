/** The frame around every page: name of the mesh, navigation, freshness, theme. */
import type { ReactNode } from "react";
import { routes } from "../routes.tsx";
import { matchPath } from "./path.ts";
import { Logo } from "./logo.tsx";
import { Link, useAddress } from "./router.tsx";
import { useSession } from "./session.tsx";
import { Attention, SyncLine } from "./sync-line.tsx";
import { ThemeMenu } from "./theme.tsx";
import { Unsent } from "./unsent.tsx";
import { Badge } from "../ui/badge.tsx";
import { Icon } from "../ui/icon.tsx";
import "./frame.css";

export function Frame({ children }: { readonly children: ReactNode }) {
  const { session } = useSession();
  return (
    <div className="frame">
      <title>{`${session.name} · Towline`}</title>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="bar">
        <Link className="bar-home" href="/" aria-label={`Board of ${session.name}`}>
          <Logo />
          <span className="bar-name">{session.name}</span>
        </Link>
        <Navigation />
        <div className="bar-end">
          {session.role === "viewer" && (
            <Badge title="This session may look, but change nothing">View only</Badge>
          )}
          <Attention />
          <SyncLine />
          <ThemeMenu />
        </div>
      </header>
      <Unsent />
      <main id="main" className="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function Navigation() {
  const { pathname } = new URL(useAddress(), location.origin);
  const current = routes.find(({ path }) => matchPath(path, pathname) !== null);
  return (
    <nav className="nav" aria-label="Pages">
      {routes.map(({ path, nav, Page }) =>
        nav === undefined ? null : (
          <Link
            key={path}
            href={path}
            className="nav-link"
            aria-current={current?.Page === Page ? "page" : undefined}
          >
            <Icon name={nav.icon} />
            <span>{nav.label}</span>
          </Link>
        ),
      )}
    </nav>
  );
}
