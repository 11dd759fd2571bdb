import js from '@eslint/js'
import globals from 'globals'

export default [
  { ignores: ['**/node_modules/**', '**/*.d.ts'] },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'prefer-const': 'error',
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'write', 'writeln'].map((property) => ({
          property,
          message: 'Values are text: use el() and fill() of dom.js.',
        })),
      ],
    },
  },
  { files: ['**/src/console/**'], languageOptions: { globals: globals.browser } },
  { files: ['**/tests/console/**'], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
]
