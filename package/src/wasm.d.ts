// `wasm.js` is made by the build: the WebAssembly, gzip in base64.

declare const packed: string;
export default packed;
