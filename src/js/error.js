// What every call of RoamKit rejects with; `error.rs` holds the codes and the typings.
export class RoamError extends Error {
  constructor(code, reason, message) {
    super(message);
    this.name = "RoamError";
    this.code = code;
    this.reason = reason;
  }
}
