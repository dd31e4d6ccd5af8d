// The page to sign in by, in the reader's language: that of the page that they wanted, else their browser's.

import { dress } from "./dressing.js";
import { Place } from "./place.js";

const words = {
  sign_in_with: ["Sign in with {}", "Entrar con {}"],
  name: ["Name", "Nombre"],
  password: ["Password", "Contraseña"],
  wrong: ["The name or the password is wrong.", "El nombre o la contraseña no son correctos."],
  too_often: [
    "Too many tries: wait {} s, then try again. Whoever is signed in stays so.",
    "Demasiados intentos: espere {} s y vuelva a intentarlo. Quien ya entró sigue dentro.",
  ],
  nobody: [
    "Nobody can sign in yet: make a hash with `acuse user hash`, and name the user in [dashboards.users].",
    "Aún no puede entrar nadie: haga un hash con `acuse user hash` y dé de alta al usuario en [dashboards.users].",
  ],
  no_cookie: [
    "The form is old, or your browser keeps no cookie of ours: try again; over plain HTTP it works under http://localhost alone, elsewhere ask for https.",
    "El formulario es antiguo o su navegador no guarda nuestras cookies: vuelva a intentarlo; por HTTP solo funciona en http://localhost, y en otro sitio hace falta https.",
  ],
  old: [
    "That was no answer to a question of ours, or it came too late: begin again.",
    "Eso no respondía a ninguna pregunta nuestra, o llegó tarde: empiece de nuevo.",
  ],
  away: [
    "{} cannot be asked at this moment: try again. Whoever runs Acuse finds the reason in its log.",
    "Ahora no se puede preguntar a {}: vuelva a intentarlo. Quien administra Acuse tiene el motivo en su registro.",
  ],
  unproven: [
    "{} did not prove who you are. Whoever runs Acuse finds the reason in its log.",
    "{} no demostró quién es usted. Quien administra Acuse tiene el motivo en su registro.",
  ],
  turned_away: ["You were not let in by {}.", "No le dejó entrar {}."],
  taken: [
    "You have the name of somebody who signs in with a password: ask whoever runs Acuse for another.",
    "Su nombre es el de alguien que entra con contraseña: pida otro a quien administra Acuse.",
  ],
  no_role: [
    "You have no role here: whoever runs {} can give you one that Acuse knows.",
    "Aquí no tiene ningún papel: quien administra {} puede darle uno que Acuse conozca.",
  ],
  nameless: [
    "{} does not say who you are: the claim that Acuse looks at is missing or unusable.",
    "{} no dice quién es usted: falta el dato que Acuse mira, o no sirve.",
  ],
  unverified: [
    "{} has not verified your e-mail address, which you are known by here.",
    "{} no ha verificado su correo, que es como se le conoce aquí.",
  ],
};

const main = document.getElementById("live");
const { search } = new URL(main.querySelector("[data-next]").dataset.next, location.origin);
const { say } = dress(new Place(search), "sign_in", words);
for (const element of main.querySelectorAll("[data-of]")) {
  element.textContent = say(element.dataset.say).replace("{}", element.dataset.of);
}
