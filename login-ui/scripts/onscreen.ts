/** What keyboard.ts gives: the panel of one field. */
export type Panel = { toggle(): void };

/** Offers the on-screen keyboard of one password field. Its code and words come when it is first opened. */
export function offerKeyboard(place: HTMLElement): void {
  const { script, words } = place.dataset;
  const button = place.querySelector<HTMLButtonElement>("button")!;
  let panel: Promise<Panel> | undefined;
  const load = async (): Promise<Panel> => {
    const [code, said] = await Promise.all([import(script!), fetch(words!).then((answer) => answer.json())]);
    return code.build(place, said);
  };
  place.classList.add("ready"); // its room was kept, so that nothing jumps
  button.addEventListener("click", async () => {
    panel ??= load();
    try {
      (await panel).toggle();
    } catch {
      panel = undefined; // the next press tries again
    }
  });
}
