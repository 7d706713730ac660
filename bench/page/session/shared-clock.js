// The time as it is in all pages: each counts from its own beginning, which is read off the machine's clock.

export const now = () => performance.timeOrigin + performance.now();

const ASKED = 50;
const channel = new BroadcastChannel("clock");
let hear;

channel.onmessage = ({ data }) => {
  if (data.at) hear?.(data.at);
  else channel.postMessage({ at: now() });
};

/** How far the other page's clock is ahead of this one's, ms; to within half of the shortest way there and back. */
export async function compare() {
  let shortest = Infinity;
  let ahead;
  for (let at = 0; at < ASKED; at += 1) {
    const asked = now();
    const other = await new Promise((resolve) => {
      hear = resolve;
      channel.postMessage({});
    });
    const took = now() - asked;
    if (took < shortest) [shortest, ahead] = [took, other - (asked + took / 2)];
  }
  return ahead;
}
