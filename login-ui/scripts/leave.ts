// The signed-out page tells relying parties by framing them. It goes on when all frames have
// loaded, which is when the page itself has, and in any case after the wait.
export function leave(link: HTMLAnchorElement): void {
  if (!document.querySelector("iframe")) {
    return; // nobody to wait for: the customer goes on by the link
  }
  let gone = false;
  const go = (): void => {
    if (!gone) {
      gone = true;
      location.replace(link.href);
    }
  };
  setTimeout(go, Number(link.dataset["leave"]));
  if (document.readyState === "complete") {
    go();
  } else {
    addEventListener("load", go);
  }
}
