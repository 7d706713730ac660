// The build generates `wasm.js`: the WebAssembly, compressed by gzip and encoded in base64.

declare const packed: string;
export default packed;
