const HtmlPlugin = require("html-webpack-plugin");

/** @type {import("webpack").Configuration} */
module.exports = {
  entry: "./src/main.ts",
  output: { filename: "[name].[contenthash].js", clean: true },
  resolve: { extensions: [".ts", ".js"] },
  module: { rules: [{ test: /\.ts$/, use: "ts-loader", exclude: /node_modules/ }] },
  plugins: [new HtmlPlugin({ template: "src/index.html" })],
  // webpack warns about files above 244 KiB. The WebAssembly is larger, but it is compiled while it downloads.
  performance: { assetFilter: (name) => !name.endsWith(".wasm") },
};
