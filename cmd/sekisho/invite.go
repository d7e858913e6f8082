package main

import (
	"context"
	"errors"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/notify"
	"sekisho/idp/provider"
	"sekisho/storage"
)

// queueOnly is the sender of a process that queues mail and delivers none; a running
// provider does that.
type queueOnly struct{}

func (queueOnly) Send(context.Context, notify.Mail) error {
	return errors.New("this process delivers no mail")
}

// invite queues an invitation mail; a running provider sends it.
func (a *app) invite(ctx context.Context, c *config.Config, store *storage.Store, account *idp.Account) error {
	if _, err := a.vaultOf(ctx, c, store); err != nil {
		return err
	}
	p, err := provider.New(ctx, provider.Options{Config: c, Store: store, Log: a.logger(c.Log), Sender: queueOnly{}})
	if err != nil {
		return err
	}
	return p.Invite(ctx, account)
}
