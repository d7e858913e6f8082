import { call, go, type Box } from "./call";
import { busy, show } from "./dom";
import { clear, tell } from "./message";
import { capable, create, type CreationJSON } from "./webauthn";

/** next instead of a challenge: the interaction has gone on, in another tab for instance. */
type Options = { challenge_id: string; publicKey: CreationJSON; next?: undefined } | { next: string };

/** Adds a passkey from the enrolment form. */
export function offerEnrolment(form: HTMLFormElement & Box): void {
  if (!capable()) {
    form.hidden = true;
    show(document, "[data-passkey-unsupported]", true);
    return;
  }
  const button = form.querySelector<HTMLButtonElement>("[data-passkey-start]")!;
  let open = false;
  const silent = "conditional" in form.dataset ? silently(form) : undefined;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (open) return;
    silent?.abort(); // one request at a time: the customer's own comes first
    open = true;
    busy(button, true);
    clear();
    try {
      const options = await call<Options>(form, "/enrol/options", {});
      if (options.next !== undefined) {
        go(options.next);
        return;
      }
      const { challenge_id, publicKey } = options;
      const credential = await create(publicKey);
      const name = new FormData(form).get("name") ?? "";
      const { next } = await call<{ next: string }>(form, "/enrol/finish", { challenge_id, credential, name });
      go(next);
      return;
    } catch (error) {
      tell(form, error);
    }
    open = false;
    busy(button, false);
  });
}

/** Lets the browser add a passkey without a dialog, where it can; nothing is said when it does not. */
function silently(form: HTMLFormElement & Box): AbortController {
  const mine = new AbortController();
  const mediation = "conditional";
  const run = async () => {
    const able = PublicKeyCredential as unknown as { getClientCapabilities?(): Promise<Record<string, boolean>> };
    if (!(await able.getClientCapabilities?.())?.conditionalCreate) return;
    const options = await call<Options>(form, "/enrol/options", { mediation });
    if (options.next !== undefined || mine.signal.aborted) return;
    const { challenge_id, publicKey } = options;
    const credential = await create(publicKey, mediation, mine.signal);
    const name = new FormData(form).get("name") ?? "";
    const { next } = await call<{ next: string }>(form, "/enrol/finish", { challenge_id, credential, name, mediation });
    go(next);
  };
  run().catch(() => {});
  return mine;
}

/** Says on the help page whether this browser can use passkeys, and which. */
export async function checkHere(line: HTMLElement): Promise<void> {
  let answer = "no";
  if (capable()) {
    const own = await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false);
    answer = own ? "yes" : "roaming";
  }
  line.querySelectorAll<HTMLElement>("[data-check]").forEach((text) => { text.hidden = text.dataset.check !== answer; });
}
