// A clock that two pages can compare. Each page's time starts at its own origin.

export const now = () => performance.timeOrigin + performance.now();

const SAMPLES = 50;
const channel = new BroadcastChannel("clock");
let onAnswer;

channel.onmessage = ({ data }) => {
  if (data.at) onAnswer?.(data.at);
  else channel.postMessage({ at: now() });
};

/** Measures how far the other page's clock is ahead of this one's, in ms. The error is at most half of the shortest round trip. */
export async function compare() {
  let shortest = Infinity;
  let offset;
  for (let i = 0; i < SAMPLES; i += 1) {
    const sentAt = now();
    const answer = await new Promise((resolve) => {
      onAnswer = resolve;
      channel.postMessage({});
    });
    const roundTrip = now() - sentAt;
    if (roundTrip < shortest) [shortest, offset] = [roundTrip, answer - (sentAt + roundTrip / 2)];
  }
  return offset;
}
