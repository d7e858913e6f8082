import { each } from "./dom";
import { checkHere, offerEnrolment } from "./enrol";
import { digits, once, reveal, wait } from "./fields";
import { leave } from "./leave";
import { offerPasskey } from "./signin";

each<HTMLFormElement>("form[data-submit-now]", (form) => form.submit());
each("section[data-passkey]", offerPasskey);
each<HTMLFormElement>("form[data-enrol]", offerEnrolment);
each("[data-passkey-check]", (line) => { void checkHere(line); });
each<HTMLInputElement>("input[data-digits]", digits);
each<HTMLButtonElement>("button[data-reveal]", reveal);
each<HTMLButtonElement>("button[data-wait]", wait);
each<HTMLFormElement>("form[data-once]", once);
each<HTMLAnchorElement>("a[data-leave]", leave);
