/** What the provider says when it refuses; the words are the page's language already. */
export class Refusal extends Error {
  constructor(readonly code: string, readonly title: string, readonly detail: string, readonly forget = false) {
    super(code);
  }
}

/** A box whose data-base and data-csrf say where its calls go. */
export type Box = HTMLElement;

/** Posts JSON below the page's base. An answer that is not ours counts as our failure. */
export async function call<T>(box: Box, path: string, body: object): Promise<T> {
  const response = await fetch(box.dataset.base + path, {
    method: "POST",
    headers: { "content-type": "application/json", "X-CSRF-Token": box.dataset.csrf ?? "" },
    body: JSON.stringify(body),
    credentials: "same-origin",
    redirect: "error",
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok || answer.error) {
    const { code = "", title = "", detail = "" } = answer.error ?? {};
    throw new Refusal(code, title, detail, answer.device === "drop");
  }
  return answer as T;
}

/** Goes on to where the provider says. It may be a relying party or a native app, never a script. */
export function go(next: string): void {
  const target = new URL(next, location.href);
  if (!/^(javascript|data|blob|vbscript):$/.test(target.protocol)) location.assign(target);
}
