/** English words for parts of the window that could not be drawn. */
export const failuresEn = {
  failures: {
    app: { title: 'Parley has stopped', text: 'Something went wrong in this window.' },
    rooms: { title: 'Your rooms can’t be shown', text: 'Something went wrong in this list. The rest of Parley goes on working.' },
    room: { title: 'This conversation can’t be shown', text: 'Something went wrong in this part of the window. You can go on in your other rooms.' },
    members: { title: 'The members can’t be shown', text: 'Something went wrong in this list. The conversation goes on working.' },
    call: { title: 'The call can’t be shown', text: 'You are still in the call: the others can hear you unless you were muted.' },
    dialog: { title: 'This can’t be shown', text: 'Something went wrong in this dialog. Nothing was changed.' },
    safe: 'Your messages are stored on this device, and nothing is lost. If this comes back, copy the details and send them to the host of your node.',
    again: 'Try again',
    leaveCall: 'Leave call',
    reload: 'Reload Parley',
    copyDetails: 'Copy details'
  }
}
