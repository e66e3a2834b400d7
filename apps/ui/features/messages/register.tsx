import './acts.tsx'
