import { each } from "./dom";
import { checkHere, offerEnrolment } from "./enrol";
import { digits, once, reveal, wait } from "./fields";
import { keep } from "./keep";
import { tellCapable, tellDevice } from "./signal";
import { offerPasskey } from "./signin";

each<HTMLFormElement>("form[data-submit-now]", (form) => form.submit());
each("section[data-passkey]", offerPasskey);
each<HTMLFormElement>("form[data-enrol]", offerEnrolment);
each("[data-passkey-check]", (line) => { void checkHere(line); });
each<HTMLInputElement>("input[data-digits]", digits);
each<HTMLButtonElement>("button[data-reveal]", reveal);
each<HTMLButtonElement>("button[data-wait]", wait);
each<HTMLFormElement>("form[data-once]", once);
each("[data-keep]", keep);
each("[data-signal]", (box) => { void tellDevice(box); });
each<HTMLInputElement>("input[data-capable]", (field) => { void tellCapable(field); });
