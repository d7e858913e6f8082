// Package device owns the device authorization endpoint (RFC 8628), POST
// /device_authorization, and the user codes it hands out.
//
// A machine without a keyboard asks here, shows its customer a short code, and waits; the
// customer enters that code in a browser of their own and answers there, by the same
// interaction as any other sign-in. It refuses clients that an operator did not register
// for it, requests for an act that is approved where it is shown, and more requests than a
// client may have waiting.
package device
