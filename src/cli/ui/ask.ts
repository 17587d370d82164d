/** A question to whoever sits at the terminal. */
import { createInterface } from "node:readline/promises";

/** True for yes; anything else is no. */
export async function isYes(question: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/iu.test((await prompt.question(`${question} [y/N] `)).trim());
  } finally {
    prompt.close();
  }
}
