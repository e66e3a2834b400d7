import js from '@eslint/js'
import tseslint from 'typescript-eslint'
import { importX } from 'eslint-plugin-import-x'
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript'
import reactHooks from 'eslint-plugin-react-hooks'
import jsxA11y from 'eslint-plugin-jsx-a11y'

const tests = ['**/*.test.ts', '**/*.test.tsx', '**/testing/**', 'apps/e2e/**', 'apps/bench/**', '*.config.ts', 'scripts/**']

const unmaintained = { regex: '^@chainsafe/libp2p-', message: 'Use the maintained @libp2p/* packages (docs/adr/0001).' }

/** One zone of docs/ARCHITECTURE.md "who may know whom": files in `target` may not import from `from`. */
const zone = (target, from, message, except = []) => ({ target, from, message, except })

export default tseslint.config(
  { ignores: ['node_modules/', 'out/', 'dist/', 'bootstrap/dist/', 'apps/bench/out/', 'test-results/', 'playwright-report/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver({ project: './tsconfig.json' })] },
    rules: {
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: false }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-empty-function': 'off',
      // A reader of branded ids is told by its caller which one it reads.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: false }],
      'no-console': 'error',
      'no-restricted-imports': ['error', { patterns: [unmaintained] }],
      'import-x/no-restricted-paths': ['error', { zones: [
        zone('./shared', ['./apps', './bootstrap'], 'shared imports nothing of ours.'),
        zone('./apps/client', ['./apps/ui', './apps/desktop', './apps/web', './apps/friend', './bootstrap'], 'The client knows only shared.'),
        zone('./apps/ui', ['./apps/desktop', './apps/web', './bootstrap'], 'The UI knows the client\'s door and shared.'),
        zone('./apps/ui', './apps/client', 'Import the client by its door: #client.', ['./index.ts']),
        zone('./apps/web', './apps/client', 'Import the client by its door: #client.', ['./index.ts']),
        zone('./apps/desktop/renderer', './apps/client', 'Import the client by its door: #client.', ['./index.ts']),
        zone('./apps/desktop/main', ['./apps/client', './apps/ui', './apps/web', './bootstrap'], 'Desktop main holds no chat logic.'),
        zone('./apps/desktop/preload', ['./apps/client', './apps/ui', './apps/web', './bootstrap'], 'Preload holds no logic.'),
        zone('./bootstrap', './apps', 'The node knows only shared.'),
        zone(['./bootstrap/*.ts', './bootstrap/!(store)/**'],
          ['schema.ts', 'database.ts', 'migrations'].map((name) => `./bootstrap/store/${name}`),
          'SQL is in bootstrap/store: the rest of the node uses its repositories.'),
        zone('./apps/client/store', ['./apps/client/protocols', './apps/client/mesh', './apps/client/rooms'], 'The store knows rows, not protocols.'),
        ...['backup-notice', 'device', 'hello', 'join', 'link', 'rendezvous', 'sync', 'presence'].map((name) =>
          zone(`./apps/client/protocols/${name}`, './apps/client/protocols', 'A protocol never imports another protocol.', [`./${name}`])),
        zone('./apps/client/!(testing)/**', './apps/client/testing', 'Only tests import testing/.')
      ] }]
    }
  },
  {
    files: ['apps/ui/**/*.tsx', 'apps/web/**/*.tsx', 'apps/ui/**/*.ts'],
    plugins: { 'react-hooks': reactHooks, 'jsx-a11y': jsxA11y },
    rules: { ...reactHooks.configs.recommended.rules, ...jsxA11y.flatConfigs.recommended.rules }
  },
  {
    files: ['shared/**/*.ts', 'apps/client/**/*.ts'],
    ignores: tests,
    rules: {
      'no-restricted-globals': ['error', 'window', 'document', 'localStorage', 'sessionStorage', 'process', 'Buffer', 'self'],
      'no-restricted-imports': ['error', { patterns: [
        { regex: '^(react|electron|node:)', message: 'The client is headless: no React, Electron or Node.' },
        unmaintained
      ] }]
    }
  },
  {
    files: ['bootstrap/**/*.ts'],
    ignores: ['bootstrap/store/**', ...tests],
    rules: {
      'no-restricted-imports': ['error', { patterns: [
        unmaintained,
        { regex: '^kysely', message: 'SQL is in bootstrap/store: add a method to a repository.' }
      ] }]
    }
  },
  {
    files: ['bootstrap/**/*.ts'],
    ignores: tests,
    rules: {
      'no-restricted-syntax': ['error', {
        selector: 'MemberExpression[object.name="request"][property.name=/^(hostname|host|protocol|port)$/]',
        message: 'The caller may set it by a forwarded header: see bootstrap/local-caller.ts.'
      }]
    }
  },
  {
    files: tests,
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      'import-x/no-restricted-paths': 'off',
      'no-console': 'off'
    }
  },
  {
    files: ['apps/web/service-worker.js'],
    languageOptions: { globals: { self: 'readonly', caches: 'readonly', fetch: 'readonly', URL: 'readonly', Response: 'readonly', AbortSignal: 'readonly' } }
  },
  {
    files: ['**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', fetch: 'readonly', setTimeout: 'readonly', setInterval: 'readonly', clearInterval: 'readonly' } }
  }
)
