/** What is said about the person and this device: devices, recovery, export, storage, safety numbers. Part of `en`. */

export const selfEn = {
  notYet: 'This is ready in a moment: your keys are being opened.',
  done: 'Done',
  copy: 'Copy',
  copied: 'Copied',
  copyFailed: 'Copying was refused.',

  safety: {
    title: 'Safety number',
    intro: (name: string) => `Compare this number with ${name}, in person or in a call. If both of you see the same, nobody stands between you.`,
    number: 'Sixty digits in twelve groups',
    qr: 'QR code of the safety number',
    making: 'Working out the number…',
    isVerified: (name: string) => `You have verified ${name}.`,
    markVerified: 'Mark as verified',
    unmark: 'Take verification back',
    verified: 'Verified by you',
    otherKey: 'Same name as somebody you verified, but another key',
    otherKeyText: (name: string) =>
      `You verified somebody called ${name} before, and this is another key. It may be a new start after a lost device, or somebody else under the same name: compare the number before you trust it.`
  }
}

