// What only the page of what comes in live says.

export const WORDS = {
  again: ["came in again", "llegó otra vez"],
  code: ["code", "código"],
  code_text: ["the provider's words", "palabras del proveedor"],
  goes_on: ["It goes on.", "Continúa."],
  key_pause: ["pause, go on", "pausar, continuar"],
  left_out: ["More came in than can be shown: these are the newest.", "Llegó más de lo que cabe: estos son los más recientes."],
  newest_came: ["newest", "el más reciente"],
  none_meets_yet: ["Nothing that meets all of this came in during the last month. It is shown as it comes.", "En el último mes no llegó nada que cumpla todo esto. Se mostrará según llegue."],
  pause: ["Pause", "Pausa"],
  paused: ["Paused: what comes in now is shown when it goes on.", "En pausa: lo que llegue se mostrará al continuar."],
  received_at: ["received", "recibido"],
  recipient: ["to", "a"],
  ref: ["attempt", "intento"],
  shown: ["shown", "mostrados"],
  stage: ["stage", "etapa"],
};
