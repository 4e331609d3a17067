/** What is to be said in the next report, each once, and no more than a report can bear. */

export interface Notes {
  add(message: string): void;
  /** All since the last call. */
  take(): readonly string[];
}

const most = 50;

export function createNotes(): Notes {
  let notes = new Set<string>();
  let more = 0;
  return {
    add(message) {
      if (notes.size < most || notes.has(message)) notes.add(message);
      else more++;
    },
    take() {
      const taken = [...notes, ...(more > 0 ? [`and ${more} more warnings`] : [])];
      notes = new Set();
      more = 0;
      return taken;
    },
  };
}
