package explain

// devices are what a customer connects by a code shown elsewhere.
func (t *teller) devices() {
	d := t.c.Device
	if !d.Enabled {
		t.tell("devices.off")
		return
	}
	t.tell("devices.connect", "For", t.duration(d.Lifetime))
	t.tell("devices.approve")
	t.tell("devices.browser", "Rate", t.rate(d.EntryBrowser))
	t.tell("devices.address", "Rate", t.rate(d.EntryAddress))
	t.tell("devices.all", "Rate", t.rate(d.EntryAll))
}
