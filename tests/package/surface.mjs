// The public surface of typings: every exported declaration and each of its members.

import ts from "typescript";

/** The compiler options of a strict project without newer libraries. */
export const STRICT = {
  strict: true,
  noEmit: true,
  skipLibCheck: false,
  skipDefaultLibCheck: true,
  exactOptionalPropertyTypes: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
  types: [],
};

/**
 * Reads typings. For each file, `names` are the visible names, and `faults` are uses of `any`, missing doc comments and errors
 * of the compiler.
 */
export function surface(files) {
  const program = ts.createProgram(files, STRICT);
  const checker = program.getTypeChecker();
  const diagnostics = ts.getPreEmitDiagnostics(program);
  let names, faults;

  const documented = (symbol) => symbol.getDocumentationComment(checker).length > 0;

  function see(name, symbol) {
    names.add(name);
    if (!documented(symbol)) faults.push(`${name} has no doc comment`);
  }

  /** Visits a type or a declaration with a type, and everything inside. */
  function walk(node, name) {
    const isAny = node.kind === ts.SyntaxKind.AnyKeyword;
    if (isAny || (isTyped(node) && !node.type)) faults.push(`${name} has the type any`);
    // A type that is not found is `any`, too.
    if (!isAny && ts.isTypeNode(node) && checker.getTypeFromTypeNode(node).flags & ts.TypeFlags.Any) {
      faults.push(`${name} comes to any: ${node.getText()}`);
    }
    ts.forEachChild(node, (child) => {
      if (!isHidden(child)) walk(child, isMember(child) ? member(child, name) : name);
    });
  }

  function member(node, name) {
    const own = `${name}.${node.name?.getText() ?? "constructor"}`;
    const type = node.type && checker.getTypeFromTypeNode(node.type);
    // A tag such as `type: "txt"` and a constant with one value need no comment.
    if (type?.isLiteral()) names.add(own);
    else if (node.name) see(own, checker.getSymbolAtLocation(node.name));
    else if (!ts.getJSDocCommentsAndTags(node).length) faults.push(`${own} has no doc comment`);
    return own;
  }

  return files.map((file) => {
    const source = program.getSourceFile(file);
    const own = diagnostics.filter(({ file }) => !file || file === source);
    names = new Set();
    faults = own.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
    const seen = new Set();
    const module = checker.getSymbolAtLocation(source);
    for (const exported of module ? checker.getExportsOfModule(module) : []) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      if (seen.has(symbol)) continue;
      seen.add(symbol);
      const name = symbol.name === "default" ? symbol.declarations[0].name?.text ?? "default" : symbol.name;
      // The members of a namespace (`export * as`) are checked in their own file.
      if (symbol.flags & ts.SymbolFlags.ValueModule) continue;
      see(name, symbol);
      for (const declaration of symbol.declarations ?? []) walk(declaration, name);
    }
    return { file, names, faults };
  });
}

const is = (...tests) => (node) => tests.some((test) => test(node));
const isProperty = is(ts.isPropertySignature, ts.isPropertyDeclaration);
const isMember = is(isProperty, ts.isMethodSignature, ts.isMethodDeclaration, ts.isAccessor, ts.isConstructorDeclaration);

/** Whether a missing type means `any`. */
const isTyped = (node) =>
  is(ts.isParameter, ts.isVariableDeclaration, isProperty, ts.isFunctionLike)(node) &&
  !is(ts.isConstructorDeclaration, ts.isSetAccessor)(node);

const isHidden = (node) =>
  (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0 || (node.name && ts.isPrivateIdentifier(node.name));
