// The walk behind `client.history()`. A generator of the platform's own, so that leaving a loop early, several
// loops over one walk, and errors all behave as every other async iterable does.
export function pages(read) {
  return {
    async *[Symbol.asyncIterator]() {
      let at;
      do {
        const { messages, cursor } = await read(at);
        if (messages.length > 0) yield messages;
        // A page that leads back to where it began would lead round for ever.
        if (cursor === at) return;
        at = cursor;
      } while (at !== undefined);
    },
  };
}
