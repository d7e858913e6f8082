import type { Panel } from "./onscreen";

/** The texts of keyboard.go; "{}" stands for the key or the number. */
type Words = Record<string, string> & { named: [string, string][] };

type Key = { char: string; name: string };

/**
 * Makes the on-screen keyboard of a password field. It writes into the field's value, so
 * no key event carries a character; working it by keyboard shows arrows, Enter and space
 * only. What it typed is announced by an event of its own that holds nothing.
 */
export function build(place: HTMLElement, words: Words): Panel {
  const input = document.getElementById(place.dataset.keyboard!) as HTMLInputElement;
  const opener = place.querySelector<HTMLButtonElement>("button")!;
  const said = element("p", "sr");
  said.setAttribute("role", "status");
  const say = (text: string) => { said.textContent = text; };

  let upper = false;
  let symbols = false;
  let order = place.dataset.shuffle!;
  const usual = order === "off" ? "all" : order; // what the customer's own switch turns on

  const digits = [..."1234567890"].map((char) => ({ char, name: words.digit.replace("{}", char) }));
  const letters = [..."abcdefghijklmnopqrstuvwxyz"];
  const named = words.named.map(([char, name]) => ({ char, name }));
  let arranged = { digits, letters, named };

  const write = (value: string, text: string) => {
    input.value = value;
    input.dispatchEvent(new CustomEvent("typed", { bubbles: true }));
    say(text);
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) pad.animate([{ opacity: 0.7 }, { opacity: 1 }], 120);
  };
  const typed = () => words.typed.replace("{}", String(input.value.length));
  const press = (char: string) => {
    if (input.value.length >= input.maxLength) return say(words.full);
    input.value += char;
    write(input.value, typed());
  };

  const pad = element("div", "pad");
  pad.setAttribute("role", "toolbar");
  pad.setAttribute("aria-label", words.keys);
  const numbers = element("div", "keys"), others = element("div", "keys"), acts = element("div", "keys acts-row");
  const control = (name: string, act: () => void) => {
    const button = keyButton(words[name], words[name], act);
    button.classList.add("act");
    acts.append(button);
    return button;
  };
  const shift = control("shift", () => { upper = !upper; draw(); say(upper ? words.shift_on : words.shift_off); });
  const page = control("symbols", () => { symbols = !symbols; draw(); say(symbols ? words.symbols_on : words.symbols_off); });
  control("space", () => press(" "));
  control("back", () => { const all = [...input.value]; all.pop(); input.value = all.join(""); write(input.value, typed()); });
  control("clear", () => write("", words.typed.replace("{}", "0")));
  const mix = control("shuffle", () => {
    order = order === "off" ? usual : "off";
    arrange();
    say(order === "off" ? words.shuffle_off : words.shuffle_on);
  });
  control("done", () => close());
  pad.append(numbers, others, acts);

  const arrange = () => {
    arranged = {
      digits: order === "off" ? digits : mixed(digits),
      letters: order === "all" ? mixed(letters) : letters,
      named: order === "all" ? mixed(named) : named,
    };
    draw();
  };
  const key = ({ char, name }: Key) => keyButton(char, name, () => press(char));
  const draw = () => {
    numbers.replaceChildren(...arranged.digits.map(key));
    others.replaceChildren(...(symbols ? arranged.named : arranged.letters.map((letter) => {
      const char = upper ? letter.toUpperCase() : letter;
      return { char, name: (upper ? words.upper : words.lower).replace("{}", char) };
    })).map(key));
    shift.setAttribute("aria-pressed", String(upper));
    shift.disabled = symbols;
    page.setAttribute("aria-pressed", String(symbols));
    mix.setAttribute("aria-pressed", String(order !== "off"));
    rove(document.activeElement);
  };
  const keys = () => [...pad.querySelectorAll<HTMLButtonElement>("button:enabled")];
  // One stop for Tab; the arrows go on from there.
  const rove = (to: Element | null) => {
    const all = keys();
    const stop = all.find((one) => one === to) ?? all[0];
    for (const one of all) one.tabIndex = one === stop ? 0 : -1;
  };
  pad.addEventListener("focusin", (event) => rove(event.target as Element));
  pad.addEventListener("keydown", (event) => {
    const to = next(keys(), document.activeElement as HTMLElement, event.key);
    if (!to) return;
    event.preventDefault();
    to.focus();
  });

  const panel = element("div", "keyboard");
  panel.id = input.id + "-keyboard";
  panel.hidden = true;
  panel.setAttribute("role", "group");
  panel.setAttribute("aria-label", words.name);
  panel.append(pad, about(words), said);
  panel.addEventListener("click", (event) => event.stopPropagation());
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  place.append(panel);
  opener.setAttribute("aria-controls", panel.id);

  const mode = input.inputMode;
  const close = () => {
    panel.hidden = true;
    input.inputMode = mode;
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
  };
  const open = () => {
    panel.hidden = false;
    input.inputMode = "none"; // the device's own keyboard would cover this one
    if (input.type === "text") input.form?.querySelector<HTMLButtonElement>(`[data-reveal="${input.id}"]`)?.click();
    opener.setAttribute("aria-expanded", "true");
    arrange();
    say("");
    keys()[0].focus({ preventScroll: true });
    panel.scrollIntoView({ block: "nearest" });
  };
  return { toggle: () => (panel.hidden ? open() : close()) };
}

function element(tag: string, className: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

function keyButton(face: string, name: string, act: () => void): HTMLButtonElement {
  const button = element("button", "key") as HTMLButtonElement;
  button.type = "button";
  button.textContent = face;
  button.setAttribute("aria-label", name);
  button.addEventListener("click", act);
  return button;
}

function about(words: Words): HTMLElement {
  const box = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = words.about;
  box.append(summary, ...["about_helps", "about_not", "about_keys", "about_spoken"].map((id) => {
    const line = element("p", "hint");
    line.textContent = words[id];
    return line;
  }));
  return box;
}

/** Where an arrow, Home or End leads from here, by what is seen. */
function next(keys: HTMLElement[], here: HTMLElement, pressed: string): HTMLElement | undefined {
  const at = keys.indexOf(here);
  switch (pressed) {
    case "ArrowRight": return keys[(at + 1) % keys.length];
    case "ArrowLeft": return keys[(at + keys.length - 1) % keys.length];
    case "Home": return keys[0];
    case "End": return keys[keys.length - 1];
    case "ArrowDown":
    case "ArrowUp": break;
    default: return undefined;
  }
  const from = here.getBoundingClientRect(), down = pressed === "ArrowDown" ? 1 : -1;
  const off = (key: HTMLElement) => {
    const box = key.getBoundingClientRect();
    return { rows: down * (box.top - from.top), aside: Math.abs(box.left + box.width / 2 - from.left - from.width / 2) };
  };
  return keys.filter((key) => off(key).rows > 1)
    .sort((a, b) => { const p = off(a), q = off(b); return Math.abs(p.rows - q.rows) > 1 ? p.rows - q.rows : p.aside - q.aside; })[0];
}

/** A new order, each as likely as any other. */
function mixed<T>(list: T[]): T[] {
  const all = [...list];
  for (let i = all.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

function below(n: number): number {
  const one = new Uint32Array(1);
  do crypto.getRandomValues(one); while (one[0] >= 2 ** 32 - (2 ** 32 % n));
  return one[0] % n;
}
