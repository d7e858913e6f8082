import { show } from "./dom";

/** loginui.Remaining. */
type Remaining = { left: number; clock?: string; fixed?: boolean; next?: string };

/**
 * Warns before a session or sign-in ends, lets the customer stay, and clears the page when
 * it is over. The provider knows the time; this page counts by its own clock between
 * asking, which goes on while a phone sleeps.
 */
export function watchEnd(box: HTMLElement): void {
  const dialog = box.querySelector("dialog")!;
  const stay = box.querySelector<HTMLButtonElement>("[data-stay-on]")!;
  const spoken = box.querySelector<HTMLElement>("[data-spoken]")!;
  const warn = Number(box.dataset.warn);
  const tabs = typeof BroadcastChannel === "function" ? new BroadcastChannel("sekisho " + box.dataset.stay) : undefined;
  let end = 0;
  let warned = false;
  let asking = false;
  let said = Infinity;

  const left = () => Math.ceil((end - Date.now()) / 1000);
  const learn = (r: Remaining) => {
    end = Date.now() + 1000 * r.left;
    for (const text of document.querySelectorAll<HTMLElement>("[data-text]")) text.textContent = text.dataset.text!.replace("{clock}", r.clock ?? "");
    for (const [part, visible] of [["[data-renewable]", !r.fixed], ["[data-stay-on]", !r.fixed], ["[data-final]", r.fixed], ["[data-close]", r.fixed]] as const) {
      show(box, part, !!visible);
    }
    if (r.left > warn) {
      warned = false;
      said = Infinity;
      if (dialog.open) dialog.close();
    }
  };
  const share = (r: Remaining) => { learn(r); tabs?.postMessage(r); };
  if (tabs) tabs.onmessage = (event) => learn(event.data as Remaining);

  // null: the provider could not be reached, or would not say.
  const ask = async (on: boolean): Promise<Remaining | null> => {
    try {
      const answer = await fetch(box.dataset.stay!, {
        method: "POST", body: new URLSearchParams({ csrf: box.dataset.csrf ?? "", stay: on ? "1" : "0" }), credentials: "same-origin", redirect: "manual",
      });
      // A refusal means that what this page stood for is gone; trouble on the other side means nothing.
      return answer.ok ? await answer.json() as Remaining : answer.status >= 500 || answer.status === 429 ? null : { left: 0 };
    } catch {
      return null;
    }
  };
  const consult = async (on: boolean) => {
    if (asking) return;
    asking = true;
    const early = left() > 5;
    const answer = await ask(on);
    asking = false;
    if (answer?.next) {
      location.assign(answer.next);
    } else if (answer && answer.left > 0) {
      share(answer);
    } else if (answer || left() <= 0) {
      over(early ? "elsewhere" : "idle");
    }
  };

  const over = (why: string) => {
    clearInterval(timer);
    tabs?.close();
    if (dialog.open) dialog.close();
    const words = box.querySelector("template")!.content.cloneNode(true) as DocumentFragment;
    words.querySelectorAll<HTMLElement>("[data-why]").forEach((text) => { text.hidden = text.dataset.why !== why; });
    document.querySelector(".card")!.replaceChildren(words);
    document.querySelectorAll(".tools form").forEach((form) => form.remove());
    box.remove();
    const title = document.querySelector<HTMLElement>("h1")!;
    document.title = title.textContent!;
    title.focus();
  };

  const tick = async () => {
    if (left() <= 0) return consult(false);
    if (left() <= warn && !warned) {
      warned = true;
      await consult(false); // another page of this browser may have been used
      if (left() > warn || !box.isConnected) return;
      if (!dialog.open) dialog.showModal();
    }
    if (dialog.open) count();
  };
  const seconds = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "second", unitDisplay: "long" });
  const count = () => {
    const now = Math.max(0, left());
    const line = box.querySelector<HTMLElement>("[data-countdown]")!;
    line.textContent = line.dataset.countdown!.replace("{time}", `${Math.floor(now / 60)}:${String(now % 60).padStart(2, "0")}`);
    const mark = [60, 30, 10].find((at) => now <= at && said > at && now > at - 10);
    if (mark === undefined) return;
    said = mark;
    spoken.textContent = line.dataset.countdown!.replace("{time}", seconds.format(now));
  };

  share({ left: Number(box.dataset.left), clock: box.dataset.clock, fixed: box.dataset.fixed !== undefined }); // opening a page is use
  stay.addEventListener("click", () => { void consult(true); });
  box.querySelector("[data-close]")!.addEventListener("click", () => dialog.close());
  const timer = setInterval(() => { void tick(); }, 1000);
  addEventListener("visibilitychange", () => { if (!document.hidden) void tick(); });
  addEventListener("pageshow", (event) => { if (event.persisted) void consult(false); });
}
