const HtmlPlugin = require("html-webpack-plugin");

/** @type {import("webpack").Configuration} */
module.exports = {
  entry: "./src/main.ts",
  output: { filename: "[name].[contenthash].js", clean: true },
  resolve: { extensions: [".ts", ".js"] },
  module: { rules: [{ test: /\.ts$/, use: "ts-loader", exclude: /node_modules/ }] },
  plugins: [new HtmlPlugin({ template: "src/index.html" })],
  // webpack warns of any file above 244 KiB; the WebAssembly is one, and is compiled while it comes.
  performance: { assetFilter: (name) => !name.endsWith(".wasm") },
};
