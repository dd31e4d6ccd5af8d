// Reads again every so often, while the tab is seen.

const A_WHILE = 2000;

export class Refreshing {
  #timer = null;
  #seconds = 0;
  #readAt = 0;

  constructor(read) {
    this.read = read;
    document.addEventListener("visibilitychange", () => this.#plan());
  }

  /** It has just been read, and is to be again in so many seconds; 0 is never. */
  again(seconds) {
    this.#seconds = seconds;
    this.#readAt = Date.now();
    this.#plan();
  }

  #plan() {
    clearTimeout(this.#timer);
    if (document.hidden || !this.#seconds) return;
    this.#timer = setTimeout(() => this.#again(), Math.max(0, this.#readAt + this.#seconds * 1000 - Date.now()));
  }

  /** Text that is being marked is not pulled away from under the reader. */
  #again() {
    if (getSelection().isCollapsed) this.read();
    else this.#timer = setTimeout(() => this.#again(), A_WHILE);
  }
}
