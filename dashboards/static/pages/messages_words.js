// What only the page of messages says, and the filters that are folded away on it.

import { NUMBER_TYPES } from "./filters.js";

const STAGES = ["scheduled", "queued", "sent", "delivered", "seen", "rejected", "undelivered", "expired", "cancelled", "unknown"];
const REASONS = [
  "absent_subscriber", "unknown_number", "invalid_number", "opted_out", "blocked", "content_refused", "sender_refused", "no_credit",
  "window_closed", "template_refused", "not_on_channel", "expired", "handset_error", "handset_full", "network_error", "congestion",
  "unroutable", "rate_limited", "duplicate", "cancelled", "provider_error", "provider_unavailable", "recipient_refused", "no_receipt", "unknown_code", "unspecified",
];

export const FINER = [
  { name: "stage", among: STAGES }, { name: "reason", among: REASONS }, { name: "code" }, { name: "final", among: ["true", "false"] },
  { name: "replied", among: ["true", "false"] }, { name: "contradicted", among: ["true", "false"] }, { name: "revised", among: ["true", "false"] },
  { name: "step" }, { name: "seconds_from" }, { name: "seconds_to" },
  { name: "clock", among: ["elapsed", "provider", "mixed", "received"] },
  { name: "sender" }, { name: "number_type", among: NUMBER_TYPES }, { name: "carrier" },
];

export const WORDS = {
  attempts_met: ["Attempts that meet all of this", "Intentos que cumplen todo esto"],
  attempts_of_it: ["attempts", "intentos"],
  clock: ["clock", "reloj"],
  code: ["code", "código"],
  contradicted: ["contradicted", "contradicho"],
  counting: ["Counting…", "Contando…"],
  final: ["final", "definitivo"],
  finer: ["More filters", "Más filtros"],
  in_all_time: [
    "What was looked for, in all time and whatever the filters say.",
    "Lo que se ha buscado, de siempre y digan lo que digan los filtros.",
  ],
  key_filter: ["search", "búsqueda"],
  listed: ["Messages", "Mensajes"],
  messages_page: ["Messages", "Mensajes"],
  no_attempt: ["none yet", "ninguno todavía"],
  not_met: ["beside the filters", "fuera de los filtros"],
  nothing_found: ["Nothing that has come in is known by this.", "Nada de lo llegado se conoce por esto."],
  opened_at: ["first heard of", "primera noticia"],
  outcome: ["outcome", "resultado"],
  plan_of_its_own: ["of its own", "propio"],
  replied: ["answered", "con respuesta"],
  revised: ["revised", "revisado"],
  search: ["Search", "Buscar"],
  search_help: [
    "A number, a message's or a provider's id, a reference, a text word for word, or its SHA-256. It appears in no address.",
    "Un número, el id de un mensaje o de un proveedor, una referencia, un texto palabra por palabra o su SHA-256. No aparece en ninguna dirección.",
  ],
  search_label: ["Find a message", "Buscar un mensaje"],
  search_leave: ["Back to all", "Volver a todos"],
  seconds_from: ["delivered in at least (s)", "entregado en al menos (s)"],
  seconds_to: ["delivered in less than (s)", "entregado en menos de (s)"],
  stage: ["stage", "etapa"],
  uncounted: ["How many they are is not known:", "No se sabe cuántos son:"],
};
