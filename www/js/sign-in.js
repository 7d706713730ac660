// The sign-in form. A button for each sample user fills it in.

import { el, part } from "./dom.js";
import { userName } from "./format.js";
import { t } from "./i18n.js";
import { avatar } from "./message-view.js";
import { samplePassword, sampleUsers } from "./settings.js";

export class SignIn {
  /** Called with (user, password). The form is disabled until the returned promise settles. */
  onSubmit = async () => {};
  #form;
  #button;

  constructor(form, user) {
    this.#form = form;
    this.#button = part(form, "submit");
    form.elements.user.value = user;
    form.elements.password.value = sampleUsers.includes(user) ? samplePassword : "";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(form.elements.user.value.trim().toLowerCase(), form.elements.password.value);
    });
    part(form, "samples").append(...sampleUsers.map((name) => this.#sampleButton(name)));
  }

  /** Enables the form. */
  ready() {
    this.#button.disabled = false;
    if (document.activeElement !== document.body) return;
    (this.#form.elements.password.value ? this.#button : this.#form.elements.user).focus();
  }

  async submit(user, password) {
    this.#form.elements.user.value = user;
    this.#form.elements.password.value = password;
    this.#button.disabled = true;
    this.#button.textContent = t("signingIn");
    try {
      await this.onSubmit(user, password);
    } finally {
      this.#button.disabled = false;
      this.#button.textContent = t("signIn");
    }
  }

  #sampleButton(name) {
    const choose = () => {
      this.#form.elements.user.value = name;
      this.#form.elements.password.value = samplePassword;
      this.#button.focus();
    };
    return el("button", { type: "button", class: "sample", onclick: choose }, avatar(name), userName(name));
  }
}
