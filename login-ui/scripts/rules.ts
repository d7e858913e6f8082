import { show } from "./dom";

/**
 * Ticks the rules of a new password while it is typed. Nothing is sent anywhere: the
 * provider judges what is sent with the form, and knows more than this page.
 */
export function explain(box: HTMLElement): void {
  const input = document.getElementById(box.dataset.rules!) as HTMLInputElement | null;
  if (!input) return;
  const rules = [...box.querySelectorAll<HTMLElement>("[data-rule]")].filter((rule) => rule.dataset.rule !== "name" || ownName());
  const summary = box.querySelector<HTMLElement>("[data-summary]")!;
  let pause = 0;
  const look = () => {
    const value = input.value;
    let met = 0;
    for (const rule of rules) {
      const holds = value !== "" && keeps(rule, value, box.dataset.symbols ?? "");
      if (holds) met++;
      rule.classList.toggle("met", holds);
      show(rule, "[data-met]", holds);
      show(rule, "[data-unmet]", value !== "" && !holds);
    }
    const strength = estimate(value);
    show(box, "[data-strength]", value !== "");
    box.querySelectorAll<HTMLElement>("[data-level]").forEach((word) => { word.hidden = word.dataset.level !== strength; });
    // Said once typing rests: at each key it would talk over the customer.
    clearTimeout(pause);
    pause = window.setTimeout(() => {
      const word = box.querySelector(`[data-level=${strength}]`)?.textContent ?? "";
      summary.textContent = value === "" ? "" : `${summary.dataset.summary!.replace("{met}", String(met)).replace("{all}", String(rules.length))} ${word}`;
    }, 1500);
  };
  for (const kind of ["input", "typed", "change"]) input.addEventListener(kind, look);
  addEventListener("pageshow", look);
}

/** The customer's sign-in name, where the page says it. */
function ownName(): string {
  return (document.getElementById("username") as HTMLInputElement | null)?.value ?? "";
}

function keeps(rule: HTMLElement, value: string, symbols: string): boolean {
  switch (rule.dataset.rule) {
    case "length": return [...value.normalize("NFC")].length >= Number(rule.dataset.least);
    case "lower": return /\p{Ll}/u.test(value);
    case "upper": return /\p{Lu}/u.test(value);
    case "digit": return /\p{Nd}/u.test(value);
    case "symbol": return [...value].some((c) => (symbols ? symbols.includes(c) : /[^\p{L}\p{N}\p{C}]/u.test(c)));
    default: return !bare(value).includes(bare(ownName()));
  }
}

const bare = (text: string) => text.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

const known = /^(password|passw0rd|pasuwado|qwerty|asdf|zxcv|letmein|welcome|admin|abc|iloveyou|sakura|himitsu)/;

/** A rough word for how long guessing takes: characters that follow from the one before count little. */
export function estimate(value: string): "weak" | "fair" | "good" {
  const text = [...value.normalize("NFKC").toLowerCase()];
  let bits = 0;
  const seen = new Set<string>();
  text.forEach((c, i) => {
    const step = i > 0 ? c.codePointAt(0)! - text[i - 1].codePointAt(0)! : NaN;
    const size = /\d/.test(c) ? 10 : /[a-z]/.test(c) ? 26 : /[\x20-\x7e]/.test(c) ? 33 : 100;
    const expected = Math.abs(step) <= 1 || (seen.has(c) && seen.size < 6);
    bits += (expected ? 0.5 : 0.7 * Math.log2(size));
    seen.add(c);
  });
  if (known.test(text.join(""))) bits -= 20;
  return bits < 32 ? "weak" : bits < 45 ? "fair" : "good";
}
