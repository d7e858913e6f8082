import { show } from "./dom";

/** Lets the customer print, copy or save the codes of the list before the box. Nothing leaves the page by itself. */
export function keep(box: HTMLElement): void {
  const codes = [...document.querySelectorAll(".codes code")].map((code) => code.textContent ?? "").join("\n") + "\n";
  const press = (name: string, fn: () => void) => box.querySelector(`[data-keep-${name}]`)?.addEventListener("click", fn);
  press("print", () => print());
  press("copy", async () => {
    await navigator.clipboard.writeText(codes).then(() => show(box, "[data-keep-copied]", true), () => {});
  });
  press("save", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([codes], { type: "text/plain" }));
    link.download = `${box.dataset.file}.txt`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  show(box, "[data-keep-copy]", !!navigator.clipboard);
  box.hidden = false;
}
