// A relying party of its own: nothing of it is shared with the pages customers sign in on.
const box = document.querySelector<HTMLElement>("[data-try]");
const kept = "sekisho-try";

interface Kept { state: string; nonce: string; verifier: string }

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function begin(box: HTMLElement, acr: string): Promise<void> {
  const mine: Kept = { state: random(), nonce: random(), verifier: random() };
  sessionStorage.setItem(kept, JSON.stringify(mine));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(mine.verifier));
  const query = new URLSearchParams({
    client_id: box.dataset.client!, redirect_uri: box.dataset.redirect!, response_type: "code", scope: "openid profile email",
    state: mine.state, nonce: mine.nonce, code_challenge: base64url(new Uint8Array(digest)), code_challenge_method: "S256",
  });
  if (acr) query.set("acr_values", acr);
  location.assign(`${box.dataset.authorization}?${query}`);
}

class Mismatch extends Error {}

async function finish(box: HTMLElement, answer: URLSearchParams): Promise<string> {
  const text = sessionStorage.getItem(kept);
  sessionStorage.removeItem(kept); // an answer is taken once
  const mine = text ? JSON.parse(text) as Kept : null;
  if (!mine || answer.get("state") !== mine.state || answer.get("iss") !== box.dataset.issuer) throw new Mismatch();
  if (answer.has("error")) throw new Error(answer.get("error")!);
  const response = await fetch(box.dataset.token!, {
    method: "POST", credentials: "omit",
    body: new URLSearchParams({
      grant_type: "authorization_code", client_id: box.dataset.client!, redirect_uri: box.dataset.redirect!,
      code: answer.get("code") ?? "", code_verifier: mine.verifier,
    }),
  });
  const tokens = await response.json() as Record<string, string>;
  if (!response.ok || !tokens.id_token) throw new Error(tokens.error ?? String(response.status));
  if (read(tokens.id_token).nonce !== mine.nonce) throw new Mismatch();
  return tokens.id_token;
}

function read(token: string): Record<string, unknown> {
  const payload = atob(token.split(".")[1]!.replace(/-/g, "+").replace(/_/g, "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(payload, (c) => c.charCodeAt(0)))) as Record<string, unknown>;
}

function row(box: HTMLElement, name: string, value: unknown): HTMLElement {
  const known = box.querySelector<HTMLTemplateElement>(`template[data-claim="${CSS.escape(name)}"]`) ?? box.querySelector<HTMLTemplateElement>('template[data-claim=""]');
  const line = document.createElement("div"), term = document.createElement("dt"), shown = document.createElement("dd");
  const code = document.createElement("code"), meaning = document.createElement("small"), written = document.createElement("code");
  code.textContent = name;
  meaning.textContent = known?.content.textContent ?? "";
  written.textContent = typeof value === "string" ? value : JSON.stringify(value);
  term.append(code, meaning);
  shown.append(written);
  line.append(term, shown);
  return line;
}

function reveal(box: HTMLElement, selector: string): void {
  box.querySelector<HTMLElement>(selector)!.hidden = false;
}

async function run(box: HTMLElement): Promise<void> {
  const form = box.querySelector<HTMLFormElement>("[data-try-form]")!;
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    void begin(box, String(new FormData(form).get("acr") ?? ""));
  });
  box.hidden = false;
  const answer = new URLSearchParams(location.search);
  if (!answer.has("state")) return;
  history.replaceState(null, "", location.pathname);
  try {
    const token = await finish(box, answer);
    const list = box.querySelector("[data-try-claims]")!;
    for (const [name, value] of Object.entries(read(token))) list.append(row(box, name, value));
    box.querySelector("[data-try-raw]")!.textContent = token;
    reveal(box, "[data-try-result]");
  } catch (e) {
    if (e instanceof Mismatch) reveal(box, "[data-try-mismatch]");
    else box.querySelector("[data-try-error]")!.textContent = (e as Error).message;
    reveal(box, "[data-try-failed]");
  }
}

if (box) void run(box);
