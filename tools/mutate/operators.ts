/**
 * Makes the mutants of a source file: each is the file with one small change
 * that a test should notice. The places are found on the syntax tree, so text
 * in strings, comments and types is never changed.
 *
 * @module
 */

import ts from "typescript";

/** The kinds of change, in the words of the report. */
export const OPERATORS = [
  "negate a condition",
  "drop a condition",
  "shift a bound",
  "swap && and ||",
  "return early",
  "drop a call",
] as const;
/** One of the {@link OPERATORS}. */
export type Operator = typeof OPERATORS[number];

/** One change to a source file. */
export interface Mutant {
  readonly operator: Operator;
  /** Where the changed text begins and ends, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
  /** What stands there instead. */
  readonly replacement: string;
  /** The line of the change, from 1. */
  readonly line: number;
  /** Names of the functions around it, joined by dots; empty at top level. */
  readonly function: string;
  /** The source of the changed expression, in one line. */
  readonly before: string;
  /** The source after the change, in one line. */
  readonly after: string;
  /** Which of the changes of this file that are alike in all of the above but the place, from 1. */
  readonly nth: number;
}

type Draft = Omit<Mutant, "nth" | "line" | "function" | "before" | "after"> & {
  readonly node: ts.Node;
  readonly before?: string;
  readonly after?: string;
};

const COMPARISONS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
]);

/** A comparison whose bound moves by one when it takes in its own end, or no longer does. */
const SHIFTED: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.LessThanToken, "<="],
  [ts.SyntaxKind.LessThanEqualsToken, "<"],
  [ts.SyntaxKind.GreaterThanToken, ">="],
  [ts.SyntaxKind.GreaterThanEqualsToken, ">"],
]);

/**
 * Every mutant of a source file, in the order of their places.
 *
 * @param file The file's name, for its kind only.
 * @param text The source.
 */
export function mutantsOf(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(
    file,
    text,
    ts.ScriptTarget.Latest,
    true,
  );
  const bounds = comparedNames(source);
  const drafts: Draft[] = [];
  visit(source);
  return finish(source, drafts);

  function visit(node: ts.Node): void {
    if (isLeftAlone(node)) return;
    drafts.push(
      ...negations(node),
      ...droppedConditions(node),
      ...shiftedBounds(node, bounds),
      ...swaps(node),
      ...earlyReturns(node),
      ...droppedCalls(node),
    );
    ts.forEachChild(node, visit);
  }
}

/** The source with a mutant's change. */
export function applyMutant(text: string, mutant: Mutant): string {
  return text.slice(0, mutant.start) + mutant.replacement +
    text.slice(mutant.end);
}

/** Types, imports and re-exports: nothing of them runs. */
function isLeftAlone(node: ts.Node): boolean {
  return ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node);
}

function finish(source: ts.SourceFile, drafts: readonly Draft[]): Mutant[] {
  const seen = new Set<string>();
  const counts = new Map<string, number>();
  const mutants: Mutant[] = [];
  for (const draft of drafts.toSorted((a, b) => a.start - b.start)) {
    const { operator, start, end, replacement, node } = draft;
    const original = source.text.slice(start, end);
    const place = `${start} ${end} ${replacement}`;
    if (replacement === original || seen.has(place)) continue;
    seen.add(place);
    const made = {
      operator,
      function: functionAround(node),
      before: oneLine(draft.before ?? original),
      after: oneLine(draft.after ?? replacement),
    };
    const key = JSON.stringify(Object.values(made));
    const nth = (counts.get(key) ?? 0) + 1;
    counts.set(key, nth);
    const { line } = source.getLineAndCharacterOfPosition(start);
    mutants.push({ ...made, nth, start, end, replacement, line: line + 1 });
  }
  return mutants;
}

// --------------------------------------------------------------- operators

/** The test of an if, a loop or a ternary; null of anything else. */
function testOf(node: ts.Node): ts.Expression | null {
  if (ts.isIfStatement(node)) return node.expression;
  if (ts.isWhileStatement(node) || ts.isDoStatement(node)) {
    return node.expression;
  }
  if (ts.isForStatement(node)) return node.condition ?? null;
  if (ts.isConditionalExpression(node)) return node.condition;
  return null;
}

function negations(node: ts.Node): Draft[] {
  const test = testOf(node);
  if (test === null || isConstant(test)) return [];
  return [replace("negate a condition", test, negated(test))];
}

function negated(test: ts.Expression): string {
  return ts.isPrefixUnaryExpression(test) &&
      test.operator === ts.SyntaxKind.ExclamationToken
    ? `(${test.operand.getText()})`
    : `!(${test.getText()})`;
}

function droppedConditions(node: ts.Node): Draft[] {
  if (ts.isIfStatement(node)) {
    return ["true", "false"].map((value) =>
      replace("drop a condition", node.expression, value)
    );
  }
  if (!isAndOr(node)) return [];
  return [node.left, node.right].map((operand) =>
    replace("drop a condition", node, `(${operand.getText()})`)
  );
}

function swaps(node: ts.Node): Draft[] {
  if (!isAndOr(node)) return [];
  const other = node.operatorToken.kind === ts.SyntaxKind.BarBarToken
    ? "&&"
    : "||";
  const [left, right] = [node.left.getText(), node.right.getText()];
  return [
    replace("swap && and ||", node, `((${left}) ${other} (${right}))`),
  ];
}

function shiftedBounds(
  node: ts.Node,
  compared: ReadonlySet<string>,
): Draft[] {
  if (ts.isBinaryExpression(node)) {
    const { operatorToken, left, right } = node;
    const drafts: Draft[] = [];
    const shifted = SHIFTED.get(operatorToken.kind);
    if (shifted !== undefined) {
      const start = operatorToken.getStart();
      drafts.push({
        operator: "shift a bound",
        node,
        start,
        end: operatorToken.end,
        replacement: shifted,
        before: node.getText(),
        after: `${left.getText()} ${shifted} ${right.getText()}`,
      });
    }
    if (COMPARISONS.has(operatorToken.kind)) {
      for (const side of [left, right]) {
        if (isNumber(side)) drafts.push(...shifts(side, node));
      }
    }
    return drafts;
  }
  if (ts.isCaseClause(node) && isNumber(node.expression)) {
    return shifts(node.expression, node);
  }
  if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) {
    const { initializer, name } = node;
    const isBound = /^(?:MAX|MIN)_/.test(name.text) ||
      compared.has(name.text);
    if (isBound && initializer !== undefined && isArithmetic(initializer)) {
      return shifts(initializer, node);
    }
  }
  return [];
}

/** One more and one less than a number. */
function shifts(value: ts.Expression, whole: ts.Node): Draft[] {
  const one = /[0-9a-fA-F]n\b/.test(value.getText()) ? "1n" : "1";
  return ["+", "-"].map((sign) => {
    const replacement = `(${value.getText()} ${sign} ${one})`;
    const [start, end] = [value.getStart(), value.end];
    const from = whole.getStart();
    const text = whole.getText();
    return {
      operator: "shift a bound",
      node: whole,
      start,
      end,
      replacement,
      before: text,
      after: text.slice(0, start - from) + replacement + text.slice(end - from),
    };
  });
}

function earlyReturns(node: ts.Node): Draft[] {
  if (!isFunctionWithBlock(node)) return [];
  const { body } = node;
  const [first] = body.statements;
  if (first === undefined) return [];
  const heading = oneLine(
    node.getText().slice(0, body.getStart() - node.getStart()),
  );
  return returnsOf(node).map((value) => `return ${value}`.trim() + ";")
    // It does so already.
    .filter((statement) => first.getText() !== statement)
    .map((statement) => {
      const start = body.getStart() + 1;
      return {
        operator: "return early",
        node: first,
        start,
        end: start,
        replacement: ` ${statement}`,
        before: `${heading} {`,
        after: `${heading} { ${statement}`,
      };
    });
}

/** What a function may return without a look at its work, by its type as written. */
function returnsOf(node: FunctionWithBlock): string[] {
  let { type } = node;
  const isAsync =
    node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) ??
      false;
  if (type === undefined) return returnsNothing(node.body) ? [""] : [];
  if (isAsync) {
    if (!ts.isTypeReferenceNode(type)) return [];
    type = type.typeArguments?.[0];
    if (type === undefined) return [];
  } else if ("asteriskToken" in node && node.asteriskToken !== undefined) {
    return returnsNothing(node.body) ? [""] : [];
  }
  const parts = ts.isUnionTypeNode(type) ? type.types : [type];
  return parts.flatMap((part) => {
    if (ts.isTypePredicateNode(part)) {
      return part.assertsModifier ? [""] : ["true", "false"];
    }
    if (ts.isLiteralTypeNode(part)) {
      return part.literal.kind === ts.SyntaxKind.NullKeyword ? ["null"] : [];
    }
    if (part.kind === ts.SyntaxKind.VoidKeyword) return [""];
    if (part.kind === ts.SyntaxKind.UndefinedKeyword) return [""];
    return part.kind === ts.SyntaxKind.BooleanKeyword ? ["true", "false"] : [];
  });
}

function returnsNothing(body: ts.Node): boolean {
  let nothing = true;
  look(body);
  return nothing;

  function look(node: ts.Node): void {
    if (ts.isReturnStatement(node) && node.expression !== undefined) {
      nothing = false;
    }
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, look);
  }
}

function droppedCalls(node: ts.Node): Draft[] {
  if (!ts.isExpressionStatement(node)) return [];
  let { expression } = node;
  while (
    ts.isAwaitExpression(expression) || ts.isVoidExpression(expression) ||
    ts.isParenthesizedExpression(expression)
  ) ({ expression } = expression);
  if (!ts.isCallExpression(expression)) return [];
  return [replace("drop a call", node, ";")];
}

// ----------------------------------------------------------------- the tree

type FunctionWithBlock = ts.FunctionLikeDeclaration & { body: ts.Block };

function isFunctionWithBlock(node: ts.Node): node is FunctionWithBlock {
  return (ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) ||
    ts.isArrowFunction(node) || ts.isMethodDeclaration(node) ||
    ts.isAccessor(node)) &&
    node.body !== undefined && ts.isBlock(node.body);
}

function isAndOr(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) &&
    (node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken ||
      node.operatorToken.kind === ts.SyntaxKind.BarBarToken);
}

function isNumber(node: ts.Expression): boolean {
  if (ts.isPrefixUnaryExpression(node)) return isNumber(node.operand);
  return ts.isNumericLiteral(node) || ts.isBigIntLiteral(node);
}

/** Numbers and operators only. */
function isArithmetic(node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node)) return isArithmetic(node.expression);
  if (ts.isBinaryExpression(node)) {
    return isArithmetic(node.left) && isArithmetic(node.right);
  }
  return isNumber(node);
}

function isConstant(node: ts.Expression): boolean {
  return node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword;
}

/** Names in capital letters that stand in a comparison. */
function comparedNames(source: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  look(source);
  return names;

  function look(node: ts.Node): void {
    if (
      ts.isBinaryExpression(node) && COMPARISONS.has(node.operatorToken.kind)
    ) {
      for (const side of [node.left, node.right]) {
        if (ts.isIdentifier(side) && /^[A-Z][A-Z0-9_]*$/.test(side.text)) {
          names.add(side.text);
        }
      }
    }
    ts.forEachChild(node, look);
  }
}

function functionAround(node: ts.Node): string {
  const names: string[] = [];
  for (let at: ts.Node = node; at.parent !== undefined; at = at.parent) {
    if (ts.isFunctionLike(at)) {
      const name = nameOf(at);
      if (name !== null) names.unshift(name);
    }
  }
  return names.join(".");
}

function nameOf(node: ts.SignatureDeclaration): string | null {
  if (node.name !== undefined) return node.name.getText();
  const { parent } = node;
  return (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent))
    ? parent.name.getText()
    : null;
}

function replace(
  operator: Operator,
  node: ts.Node,
  replacement: string,
): Draft {
  const [start, end] = [node.getStart(), node.end];
  return { operator, node, start, end, replacement };
}

/** A source text without comments and in one line. */
function oneLine(text: string): string {
  return text.replaceAll(/^\s*\/\/.*$/gm, "").replaceAll(/\s+/g, " ").trim();
}
