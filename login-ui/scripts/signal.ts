import { capable } from "./webauthn";

// Methods of WebAuthn L3 section 5.1.10 that not every browser has.
type Signals = {
  signalUnknownCredential?(o: { rpId: string; credentialId: string }): Promise<void>;
  signalAllAcceptedCredentials?(o: { rpId: string; userId: string; allAcceptedCredentialIds: string[] }): Promise<void>;
  signalCurrentUserDetails?(o: { rpId: string; userId: string; name: string; displayName: string }): Promise<void>;
};

const signals = () => (capable() ? PublicKeyCredential as unknown as Signals : {});
const ignore = () => {}; // a courtesy to the device's own list; nothing here depends on it

/** Tells the device which of its passkeys the signed-in customer has here, and their name. */
export async function tellDevice(box: HTMLElement): Promise<void> {
  const { rp: rpId = "", user: userId = "", ids = "", name = "", displayName = "" } = box.dataset;
  const device = signals();
  await device.signalAllAcceptedCredentials?.({ rpId, userId, allAcceptedCredentialIds: ids.split(" ").filter(Boolean) }).catch(ignore);
  await device.signalCurrentUserDetails?.({ rpId, userId, name, displayName }).catch(ignore);
}

/** Tells the device that the passkey it has just shown is not known here any more. */
export async function forget(rpId: string, credentialId: string): Promise<void> {
  await signals().signalUnknownCredential?.({ rpId, credentialId }).catch(ignore);
}

/** Says in a form whether this browser can hold a passkey, so that one is offered only where it can be added. */
export async function tellCapable(field: HTMLInputElement): Promise<void> {
  if (capable() && await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false)) field.value = "1";
}
