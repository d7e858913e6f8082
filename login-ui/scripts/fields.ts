/** Takes digits however they come: full-width, with spaces, pasted from a mail. */
export function digits(input: HTMLInputElement): void {
  const most = Number(input.dataset.digits);
  const tidy = () => {
    const value = input.value.normalize("NFKC").replace(/\D/g, "").slice(0, most);
    if (value !== input.value) input.value = value;
  };
  input.addEventListener("input", (event) => { if (!(event as InputEvent).isComposing) tidy(); });
  input.addEventListener("compositionend", tidy);
}

/** Lets the customer see the password being typed, and hides it again before it is sent. */
export function reveal(button: HTMLButtonElement): void {
  const input = document.getElementById(button.dataset.reveal!) as HTMLInputElement;
  const set = (visible: boolean) => {
    input.type = visible ? "text" : "password";
    button.textContent = (visible ? button.dataset.hide : button.dataset.show)!;
    button.setAttribute("aria-label", (visible ? button.dataset.hideLabel : button.dataset.showLabel)!);
  };
  set(false);
  button.hidden = false;
  button.addEventListener("click", () => set(input.type === "password"));
  input.form?.addEventListener("submit", () => set(false));
}

/** Keeps a button shut for the seconds the provider said, counted by this page's own clock. */
export function wait(button: HTMLButtonElement): void {
  const end = performance.now() + 1000 * Number(button.dataset.wait);
  const count = document.querySelector<HTMLElement>("[data-wait-count]");
  const seconds = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "second", unitDisplay: "long" });
  button.disabled = true;
  const timer = setInterval(() => {
    const left = Math.ceil((end - performance.now()) / 1000);
    if (left > 0) {
      if (count) count.textContent = seconds.format(left);
      return;
    }
    clearInterval(timer);
    button.disabled = false;
    document.querySelector("[data-wait-note]")?.remove();
  }, 1000);
}

/** Sends a form once, however often the button is pressed. */
export function once(form: HTMLFormElement): void {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => { sent = false; });
}
