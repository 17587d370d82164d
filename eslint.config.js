// Lint: typescript-eslint's strictest typed set, plus the limits of this project's style.
// Import cycles, layers and the bans of the core are checked by test/tidy.test.ts.
import tseslint from "typescript-eslint";

const bannedSyntax = [
  { selector: "TSEnumDeclaration", message: "Use a union of literals: enums are not erasable." },
  { selector: "ExportDefaultDeclaration", message: "Named exports only: one thing, one name." },
];

const typedRules = {
  "@typescript-eslint/consistent-type-imports": "error",
  "@typescript-eslint/no-unused-vars": [
    "error",
    { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
  ],
  // node:test collects the promises of its own calls.
  "@typescript-eslint/no-floating-promises": [
    "error",
    {
      allowForKnownSafeCalls: [
        { from: "package", package: "node:test", name: ["test", "it", "describe", "suite"] },
      ],
    },
  ],
  "@typescript-eslint/no-confusing-void-expression": [
    "error",
    { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
  ],
  "@typescript-eslint/no-unnecessary-condition": [
    "error",
    { allowConstantLoopConditions: "only-allowed-literals" },
  ],
  "@typescript-eslint/restrict-template-expressions": [
    "error",
    { allowNumber: true, allowBoolean: true },
  ],
  // A switch ends with `default: return unreachable(x)`, which the compiler checks.
  "@typescript-eslint/switch-exhaustiveness-check": [
    "error",
    { considerDefaultExhaustiveForUnions: true },
  ],
};

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "coverage/", ".towline/", "test/fixtures/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.{ts,tsx,mjs,js}"],
    rules: {
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-restricted-syntax": ["error", ...bannedSyntax],
      "max-lines": ["error", 350],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: typedRules,
  },
  {
    // A describe callback holds many tests, and contract suites are one function of tests.
    files: ["**/*.test.ts", "test/contract/**/*.ts"],
    rules: { "max-lines-per-function": "off" },
  },
  { files: ["eslint.config.js"], rules: { "no-restricted-syntax": "off" } },
);
