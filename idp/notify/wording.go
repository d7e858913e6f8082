package notify

// wording is one mail in one language. It is constant text: facts are listed below it as
// labelled lines, so no sentence is ever assembled around somebody else's words.
type wording struct {
	Subject string
	Lead    string
	Waiting string // advice that comes first, where Data.MailedFrom is told
	Advice  []string
}

// advice is what the mail advises with these data.
func (w wording) advice(d Data) []string {
	if w.Waiting == "" || d.MailedFrom.IsZero() {
		return w.Advice
	}
	return append([]string{w.Waiting}, w.Advice...)
}

// labels are the names of the facts and the lines every mail ends with.
type labels struct {
	Code, UndoCode, Expires, At, Device, IP, Passkey, LockedUntil, HeldUntil string
	MailedFrom                                                               string
	Help, Footer                                                             string
	StopCode, StopUntil, Amount, Destination                                 string
	Yen                                                                      string // layout of an amount in yen
	Colon, Open, Close                                                       string // punctuation of the language
	Clock, ExpiryClock                                                       string // time layouts
}

type language struct {
	labels
	mails map[Kind]wording
	// allDevices replaces the SessionsEnded text when every session ended.
	allDevices wording
}

func languageOf(tag string) (string, language) {
	if tag == "en" {
		return "en", english
	}
	return "ja", japanese
}
