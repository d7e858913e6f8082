package notify

const notMeEN = "If this was not you, please call the number below at once."

const stopEN = "If this was not you, stop the account now: open our official site as you always do, choose \"This was not me\", and type your customer code and the stop code above."

var english = language{
	labels: labels{
		Code: "Code", UndoCode: "Undo code", Expires: "Valid until", At: "Time", Device: "Device", IP: "IP address",
		Passkey: "Passkey name", LockedUntil: "Paused until", HeldUntil: "Withdrawals from", MailedFrom: "Emailed codes on new devices from",
		StopCode: "Stop code", StopUntil: "Stop code valid until", Amount: "Amount", Destination: "To account", Yen: "¥%s",
		Help: "Help",
		Footer: "There are no links in this email. We never email links to log in: " +
			"please open our app or your own bookmark, as you always do.",
		Colon: ": ", Open: "[", Close: "] ",
		Clock: "2 Jan 2006, 15:04 MST", ExpiryClock: "2 Jan, 15:04 MST",
	},
	mails: map[Kind]wording{
		RecoverCode: recoverCodeEN, Recovered: recoveredEN, DeviceLost: deviceLostEN,
		RecoveryCodesCreated: recoveryCodesEN, RecoveryCodeUsed: recoveryCodeUsedEN,
		FactorChoiceChanged: factorChoiceChangedEN, FactorChoiceLoosened: factorChoiceLoosenedEN,
		SecurityAnswerSet: securityAnswerEN,
		SignInCode: {
			Subject: "Your sign-in code",
			Lead:    "Please type this code on the sign-in page.",
			Advice: []string{
				"Type the code on the sign-in page only. Nobody at our firm will ever ask you for it.",
				"If you are not signing in, somebody may know your password. Do not type the code; open our app as usual and change your password.",
			},
		},
		EnrolCode: {
			Subject: "A code to check it is you",
			Lead:    "Before a passkey or an authenticator app is added we check that it is you. Please type this code on the page.",
			Advice: []string{
				"Whoever types this code can then sign in to your account with their own device. Do not tell it to anyone.",
				"If you are not adding anything, do not type the code and call the number below at once.",
			},
		},
		VerifyAddress: {
			Subject: "Confirm your email address",
			Lead:    "To register this email address, please type this code on the page.",
			Advice:  []string{"If you did not ask for this, you can throw this email away. Without the code the address is not registered."},
		},
		Invitation: {
			Subject: "Start using your account",
			Lead:    "Here is the invitation code for your account. Please open our official site as you always do, choose \"I have an invitation code\" on the sign-in page, and type your customer code and this invitation code.",
			Advice: []string{
				"Your customer code is in the letter that confirmed your new account.",
				"The code works once. If it has run out, please call the number below and we will send another.",
			},
		},
		PasskeyAdded: {
			Subject: "A passkey was added",
			Lead:    "A new passkey was added to your account.",
			Advice:  []string{notMeEN, "Your trades and balances were not touched."},
		},
		PasskeyRemoved: {
			Subject: "A passkey was removed",
			Lead:    "A passkey was removed from your account. It can no longer sign in.",
			Advice:  []string{notMeEN, "If the passkey is still on your device, you can delete it in the settings of the device."},
		},
		TOTPEnrolled: {
			Subject: "An authenticator app was added",
			Lead:    "An authenticator app (one-time password) was added to your account.",
			Advice:  []string{notMeEN},
		},
		TOTPRemoved: {
			Subject: "The authenticator app was removed",
			Lead:    "The authenticator app (one-time password) was removed from your account.",
			Advice:  []string{notMeEN},
		},
		PasswordChanged: {
			Subject: "Your password was changed",
			Lead:    "The password of your account was changed. All other devices have been signed out.",
			Advice:  []string{notMeEN},
		},
		NewDevice: {
			Subject: "Sign-in from a new device",
			Lead:    "Your account was signed in to from a device we have not seen before.",
			Advice: []string{
				"If this was you, there is nothing to do.",
				stopEN, notMeEN,
			},
		},
		SignIn: {
			Subject: "A sign-in to your account",
			Lead:    "Your account was signed in to.",
			Advice: []string{
				"If this was you, there is nothing to do.",
				stopEN, "You can choose in the security centre whether you get this email.",
			},
		},
		AccountFrozen: {
			Subject: "Your account is stopped",
			Lead:    "As you asked with the stop code, your account is stopped. Everybody who was signed in has been signed out, and nobody can sign in.",
			Advice: []string{
				"Your trades and balances were not touched. To use the account again, please call the number below: we will check that it is you.",
				"If it was not you who stopped the account, please call us too.",
			},
		},
		NotificationsChanged: {
			Subject: "Your choice of email notices was changed",
			Lead:    "The choice of notices that we email to you was changed. Important notices, such as this one, are always sent.",
			Advice:  []string{notMeEN},
		},
		WithdrawalRequested: {
			Subject: "We received a withdrawal request",
			Lead:    "We received a request to withdraw money from your account.",
			Advice:  []string{"If you did not ask for this, please call the number below at once."},
		},
		SignInLocked: {
			Subject: "Signing in by password is paused",
			Lead:    "After several wrong passwords, signing in by password is paused for a while. Your passkey keeps working.",
			Advice: []string{
				"Your account and your trades were not touched. The pause ends by itself.",
				notMeEN,
			},
		},
		SessionsEnded: {
			Subject: "A device was signed out",
			Lead:    "The device you chose was signed out. It has to sign in again before it can be used.",
			Advice:  []string{notMeEN},
		},
		TransactionPasswordSet: {
			Subject: "A transaction password was set",
			Lead:    "A transaction password was set for your account. From now on we ask for it at withdrawals and the like.",
			Advice:  []string{notMeEN, "Your login password and your passkeys are unchanged."},
		},
		TransactionPasswordChanged: {
			Subject: "Your transaction password was changed",
			Lead:    "The transaction password of your account was changed. All other devices have been signed out.",
			Advice:  []string{notMeEN, "Your login password and your passkeys are unchanged."},
		},
		TransactionPasswordCleared: {
			Subject: "Your transaction password was removed",
			Lead:    "At your request, made to our help desk or when you reset your passwords, the transaction password of your account was removed. You will choose a new one when you next need it.",
			Advice:  []string{notMeEN},
		},
	},
	allDevices: wording{
		Subject: "All devices were signed out",
		Lead:    "All devices were signed out. Each has to sign in again before it can be used.",
		Advice:  []string{notMeEN},
	},
}
