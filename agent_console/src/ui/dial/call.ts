/** Asking for the dial box from anywhere on the page. */

const EVENT = "console:dial";

export function askToDial(number: string): void {
  window.dispatchEvent(new CustomEvent<string>(EVENT, { detail: number }));
}

export function onDialAsked(open: (number: string) => void): () => void {
  const listen = (event: Event) => open((event as CustomEvent<string>).detail);
  window.addEventListener(EVENT, listen);
  return () => window.removeEventListener(EVENT, listen);
}
