/** Timers told by number: what the worker runs for `Clock`, and what the page runs where there is no worker. */

/** `ms` null: forget the timer of this number. */
export interface Order {
  id: number;
  ms: number | null;
  again: boolean;
}

/** Takes orders; `tell` hears the number of a timer whenever its time has come. */
export function beats(tell: (id: number) => void): (order: Order) => void {
  const running = new Map<number, ReturnType<typeof setInterval>>();
  const forget = (id: number) => {
    clearInterval(running.get(id));
    running.delete(id);
  };
  return ({ id, ms, again }) => {
    forget(id);
    if (ms === null) return;
    const due = () => {
      if (!again) forget(id);
      tell(id);
    };
    running.set(id, setInterval(due, ms));
  };
}
