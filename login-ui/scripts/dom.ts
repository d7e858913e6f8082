/** Runs fn for every element that matches. */
export function each<E extends HTMLElement>(selector: string, fn: (element: E) => void): void {
  document.querySelectorAll<E>(selector).forEach(fn);
}

/** Shows or hides the first match inside a box; a page may leave parts out. */
export function show(box: ParentNode, selector: string, visible: boolean): void {
  const element = box.querySelector<HTMLElement>(selector);
  if (element) element.hidden = !visible;
}

/** Swaps a button between its words and its "follow your device" words. */
export function busy(button: HTMLButtonElement, on: boolean): void {
  button.setAttribute("aria-busy", String(on));
  show(button, "[data-idle]", !on);
  show(button, "[data-busy]", on);
}
