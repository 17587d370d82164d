/** What those see who have no session: how to get one, and a form for those with a token. */
import type { SubmitEvent } from "react";
import { useEffect, useRef, useState } from "react";
import type { SignIn } from "../../src/client/client.ts";
import { Button } from "../ui/button.tsx";
import { Logo } from "./logo.tsx";
import "./sign-in.css";

export interface SignInPageProps {
  readonly problem: string | null;
  readonly onSignIn: (by: SignIn) => Promise<void>;
}

export function SignInPage(props: SignInPageProps) {
  return (
    <main className="sign-in">
      <SignInCard {...props} title="Sign in to this node" />
    </main>
  );
}

/** Over a page whose session is over, which keeps what was not sent. */
export function SignInAgain(props: SignInPageProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      className="sign-in-again"
      aria-label="Sign in again"
      onCancel={(event) => event.preventDefault()}
    >
      <SignInCard {...props} title="The session is over" />
    </dialog>
  );
}

function SignInCard({ title, problem, onSignIn }: SignInPageProps & { readonly title: string }) {
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get("token");
    if (typeof token !== "string" || token.trim() === "") return;
    setBusy(true);
    await onSignIn({ token: token.trim() });
    setBusy(false);
  };
  return (
    <div className="sign-in-card">
      <Logo />
      <h1>{title}</h1>
      {problem !== null && (
        <p role="alert" className="sign-in-problem">
          {problem}
        </p>
      )}
      <p>
        On the machine where the node runs, type <code>towline open</code>. It opens this page for
        you.
      </p>
      <form onSubmit={(event) => void submit(event)}>
        <label htmlFor="token">From another machine, with a token</label>
        <div className="sign-in-row">
          <input id="token" name="token" type="password" autoComplete="off" spellCheck={false} />
          <Button type="submit" look="primary" disabled={isBusy}>
            Sign in
          </Button>
        </div>
      </form>
    </div>
  );
}
