/** The page as a whole: session, frame, and the route that the address asks for. */
import { Suspense } from "react";
import { routes } from "./routes.tsx";
import { Frame } from "./shell/frame.tsx";
import { matchPath } from "./shell/path.ts";
import { NodeNames } from "./shell/node-names.tsx";
import { Link, useAddress } from "./shell/router.tsx";
import { SessionGate } from "./shell/session.tsx";
import { AnnounceProvider } from "./ui/announce.tsx";
import { EmptyState, Spinner } from "./ui/empty.tsx";
import { ToastProvider } from "./ui/toast.tsx";

export function App() {
  return (
    <ToastProvider>
      <SessionGate>
        <NodeNames>
          <AnnounceProvider>
            <Frame>
              <Suspense fallback={<Spinner />}>
                <Routed />
              </Suspense>
            </Frame>
          </AnnounceProvider>
        </NodeNames>
      </SessionGate>
    </ToastProvider>
  );
}

function Routed() {
  const { pathname } = new URL(useAddress(), location.origin);
  const route = routes.find(({ path }) => matchPath(path, pathname) !== null);
  if (route === undefined) {
    return (
      <EmptyState icon="search" title="There is no such page">
        <Link href="/">To the board</Link>
      </EmptyState>
    );
  }
  const { Page, Panel } = route;
  return (
    <>
      <Page />
      {Panel !== undefined && (
        <Suspense fallback={null}>
          <Panel />
        </Suspense>
      )}
    </>
  );
}
