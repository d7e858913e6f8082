import { call, go, Refusal, type Box } from "./call";
import { busy, show } from "./dom";
import { clear, tell } from "./message";
import { forget } from "./signal";
import { assert, capable, type RequestJSON } from "./webauthn";

/** next instead of a challenge: the interaction has gone on, in another tab for instance. */
type Options = { challenge_id: string; publicKey: RequestJSON; next?: undefined } | { next: string };

/**
 * Offers the passkey: in the browser's autofill from the start, and by the button. Only
 * one request may be open at a time, so each start ends the one before.
 */
export function offerPasskey(box: Box): void {
  const button = box.querySelector<HTMLButtonElement>("[data-passkey-start]")!;
  const besides = box.querySelector<HTMLInputElement>("#transaction_password"); // sent with the passkey's answer
  if (!capable()) {
    button.hidden = true;
    show(box, "[data-besides]", false);
    show(box, "[data-passkey-hint]", false);
    show(box, "[data-passkey-unsupported]", true);
    return;
  }
  let open: AbortController | undefined;
  let ended: Promise<void> = Promise.resolve();
  let renewal = 0;
  let asked = false; // the button's dialog is open

  const stop = async () => {
    clearTimeout(renewal);
    open?.abort();
    await ended;
  };

  const run = async (mediation: "conditional" | "optional") => {
    await stop();
    if (asked && mediation === "conditional") return;
    const mine = open = new AbortController();
    let chosen = false; // the customer has answered the browser
    let done = () => {};
    ended = new Promise((resolve) => { done = resolve; });
    try {
      const options = await call<Options>(box, "/passkey/options", { mediation });
      if (mine.signal.aborted) return;
      if (options.next !== undefined) {
        if (mediation === "conditional") return; // a page never leaves by itself
        go(options.next);
        return true;
      }
      const { challenge_id, publicKey } = options;
      if (mediation === "conditional") {
        // A challenge dies after its time; a fresh one takes its place before that.
        renewal = window.setTimeout(autofill, 0.9 * (publicKey.timeout ?? 300_000));
      }
      const credential = await assert(publicKey, mediation, mine.signal);
      chosen = true;
      clearTimeout(renewal);
      const { next } = await call<{ next: string }>(box, "/passkey", {
        challenge_id, credential, ...(besides && { transaction_password: besides.value }),
      }).catch((error) => {
        if (error instanceof Refusal && error.forget) void forget(publicKey.rpId ?? "", credential.id);
        throw error;
      });
      go(next);
      return true;
    } catch (error) {
      if (mine.signal.aborted) return;
      if (mediation === "conditional" && !chosen) return; // nobody asked for anything yet
      tell(box, error);
      if (mediation === "conditional") renewal = window.setTimeout(autofill, 1000);
    } finally {
      done();
    }
    return false;
  };

  async function autofill(): Promise<void> {
    if (!document.querySelector("input[autocomplete~=webauthn]")) return;
    const can = await PublicKeyCredential.isConditionalMediationAvailable?.();
    if (can && !asked) await run("conditional");
  }

  button.addEventListener("click", async () => {
    if (asked) return;
    if (besides && !besides.value) {
      tell(box, new Refusal("", besides.dataset.missing!, besides.dataset.missingNext!));
      besides.focus();
      return;
    }
    asked = true;
    busy(button, true);
    clear();
    const leaving = await run("optional");
    asked = false;
    if (leaving) return; // the page stays busy until the next one is there
    busy(button, false);
    void autofill();
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    asked = false;
    busy(button, false);
    void autofill();
  });
  void autofill();
}
