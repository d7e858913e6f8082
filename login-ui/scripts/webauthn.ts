// WebAuthn's JSON forms (WebAuthn L3, 5.1.8 and 5.1.9), by hand: the browsers' own
// parse…FromJSON and toJSON are missing from phones that are still in use.

type JSONDescriptor = Omit<PublicKeyCredentialDescriptor, "id"> & { id: string };

export type RequestJSON = Omit<PublicKeyCredentialRequestOptions, "challenge" | "allowCredentials"> & {
  challenge: string;
  allowCredentials?: JSONDescriptor[];
};

export type CreationJSON = Omit<PublicKeyCredentialCreationOptions, "challenge" | "user" | "excludeCredentials"> & {
  challenge: string;
  user: { id: string; name: string; displayName: string };
  excludeCredentials?: JSONDescriptor[];
};

export function capable(): boolean {
  return typeof PublicKeyCredential === "function" && !!navigator.credentials;
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const raw = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  let raw = "";
  for (const b of new Uint8Array(buffer)) raw += String.fromCharCode(b);
  return btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const described = (list?: JSONDescriptor[]) => list?.map((c) => ({ ...c, id: bytes(c.id) }));

export async function assert(options: RequestJSON, mediation: CredentialMediationRequirement, signal: AbortSignal): Promise<Wire> {
  const credential = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: described(options.allowCredentials) ?? [] },
    mediation,
    signal,
  }) as PublicKeyCredential;
  const r = credential.response as AuthenticatorAssertionResponse;
  return wire(credential, {
    clientDataJSON: text(r.clientDataJSON),
    authenticatorData: text(r.authenticatorData),
    signature: text(r.signature),
    ...(r.userHandle && { userHandle: text(r.userHandle) }),
  });
}

export async function create(options: CreationJSON, mediation?: CredentialMediationRequirement, signal?: AbortSignal): Promise<Wire> {
  const request = {
    ...(mediation && { mediation, signal }),
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: described(options.excludeCredentials) ?? [],
    },
  };
  const credential = await navigator.credentials.create(request) as PublicKeyCredential;
  const r = credential.response as AuthenticatorAttestationResponse;
  return wire(credential, {
    clientDataJSON: text(r.clientDataJSON),
    attestationObject: text(r.attestationObject),
    transports: r.getTransports?.() ?? [],
  });
}

type Wire = { id: string };

function wire(credential: PublicKeyCredential, response: object): Wire {
  const { credProps } = credential.getClientExtensionResults();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credProps ? { credProps } : {},
    response,
  };
}
