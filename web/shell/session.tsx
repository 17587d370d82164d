/** Who is looking: opens a session with the code in the address, or takes the one that holds. */
import type { ReactNode } from "react";
import { createContext, use, useCallback, useEffect, useMemo, useState } from "react";
import type { SignIn } from "../../src/client/client.ts";
import { TowlineClient } from "../../src/client/client.ts";
import type { SessionDto } from "../../src/client/contract.ts";
import { ApiError } from "../../src/client/errors.ts";
import { TowlineProvider } from "../../src/react/provider.ts";
import { Spinner } from "../ui/empty.tsx";
import { SignInAgain, SignInPage } from "./sign-in.tsx";

interface SignedIn {
  readonly client: TowlineClient;
  readonly session: SessionDto;
}

/** Signing in is needed; `problem` is null when nothing was tried yet. */
interface Out {
  readonly problem: string | null;
}

type State =
  | { readonly phase: "asking" }
  | ({ readonly phase: "out" } & Out)
  /** Once in, the page stays with all that is not sent, though the session may be over. */
  | { readonly phase: "in"; readonly session: SessionDto; readonly over: Out | null };

const SessionContext = createContext<SignedIn | null>(null);

/** The client of this page, and as whom it acts. */
export function useSession(): SignedIn {
  const signedIn = use(SessionContext);
  if (signedIn === null) throw new Error("useSession needs a SessionGate above it");
  return signedIn;
}

/** True when this browser may change things: show no way to edit otherwise. */
export function useCanEdit(): boolean {
  return useSession().session.role === "editor";
}

/** Shows `children` to those who are signed in, and to others how to do that. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const client = useMemo(() => new TowlineClient(), []);
  const [state, setState] = useState<State>({ phase: "asking" });
  const enter = useCallback(async (ask: () => Promise<SessionDto>, isAttempt: boolean) => {
    try {
      setState({ phase: "in", session: await ask(), over: null });
    } catch (error) {
      const isExpected = !isAttempt && error instanceof ApiError && error.isSignedOut;
      const text = error instanceof Error ? error.message : String(error);
      const problem = isExpected ? null : text;
      setState((before) =>
        before.phase === "in" ? { ...before, over: { problem } } : { phase: "out", problem },
      );
    }
  }, []);
  useEffect(() => {
    if (code === null) void enter(() => client.session(), false);
    else void enter(() => client.openSession({ code }), true);
    return client.onSignedOut(() =>
      setState((before) =>
        before.phase === "in" && before.over === null
          ? { ...before, over: { problem: null } }
          : before,
      ),
    );
  }, [client, enter]);
  const signIn = useCallback(
    (by: SignIn) => enter(() => client.openSession(by), true),
    [client, enter],
  );
  if (state.phase === "asking") return <Spinner label="Signing in" />;
  if (state.phase === "out") return <SignInPage problem={state.problem} onSignIn={signIn} />;
  const { session, over } = state;
  return (
    <SessionContext value={{ client, session }}>
      <TowlineProvider client={client} isPaused={over !== null}>
        {children}
      </TowlineProvider>
      {over !== null && <SignInAgain problem={over.problem} onSignIn={signIn} />}
    </SessionContext>
  );
}

/** Works once, so it is taken once, before anything is shown. */
const code = takeCode();

/** The code in `#code=`, which then leaves the address bar, the history and the bookmarks. */
function takeCode(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get("code");
  if (given !== null) history.replaceState(null, "", location.pathname + location.search);
  return given;
}
