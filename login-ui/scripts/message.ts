import { Refusal, type Box } from "./call";

/** Shows a refusal or a browser's error in the page's live region. Words come from the page's templates. */
export function tell(box: Box, error: unknown): void {
  const live = document.getElementById("live");
  const template = prepared(box, codeOf(error));
  if (!live || !template) return;
  const notice = template.content.cloneNode(true) as DocumentFragment;
  const root = notice.firstElementChild;
  root?.removeAttribute("role"); // the region announces; twice would be too much
  root?.removeAttribute("autofocus");
  if (error instanceof Refusal && error.title && root) {
    root.querySelector("strong")!.textContent = error.title;
    const detail = root.querySelector("p span");
    if (detail) detail.textContent = error.detail;
  }
  live.replaceChildren(notice);
  live.scrollIntoView({ block: "nearest" });
}

export function clear(): void {
  document.getElementById("live")?.replaceChildren();
}

function prepared(box: Box, code: string): HTMLTemplateElement | null {
  return box.querySelector<HTMLTemplateElement>(`template[data-message="${code}"]`)
    ?? box.querySelector<HTMLTemplateElement>("template[data-message]");
}

function codeOf(error: unknown): string {
  if (error instanceof Refusal) return "passkey_failed";
  if (error instanceof TypeError) return "network"; // fetch
  switch ((error as DOMException)?.name) {
    case "InvalidStateError":
      return "passkey_exists";
    case "NotSupportedError":
    case "SecurityError":
    case "ConstraintError":
      return "passkey_unavailable";
    default: // NotAllowedError: dismissed, timed out, or nothing to offer; browsers do not say which
      return "passkey_cancelled";
  }
}
