package loginui

// Notice codes of registered data.
const (
	NoticeCurrentDataWrong     = "current_data_wrong"     // Left; what was typed as current is not what is registered
	NoticeAddressInvalid       = "address_invalid"        //
	NoticeAddressSame          = "address_same"           // the account has it already
	NoticeAddressTaken         = "address_taken"          // another account has it, where the firm allows one only
	NoticePhoneInvalid         = "phone_invalid"          //
	NoticePhoneSame            = "phone_same"             //
	NoticeChangeGone           = "change_gone"            // it waited too long or was replaced
	NoticeUndoFailed           = "undo_failed"            // wrong name or code, never which
	NoticeEmailChanged         = "email_changed"          //
	NoticeSecurityEmailChanged = "security_email_changed" //
	NoticeSecurityEmailRemoved = "security_email_removed" //
	NoticePhoneChanged         = "phone_changed"          //
)

func contactNotices() []string {
	return []string{
		NoticeCurrentDataWrong, NoticeAddressInvalid, NoticeAddressSame, NoticeAddressTaken, NoticePhoneInvalid, NoticePhoneSame,
		NoticeChangeGone, NoticeUndoFailed, NoticeEmailChanged, NoticeSecurityEmailChanged, NoticeSecurityEmailRemoved, NoticePhoneChanged,
	}
}

func init() {
	for code, field := range map[string]string{
		NoticeCurrentDataWrong: "current", NoticeAddressInvalid: "new", NoticeAddressSame: "new", NoticePhoneInvalid: "new",
		NoticePhoneSame: "new", NoticeUndoFailed: "login",
	} {
		noticeField[code] = field
	}
}
