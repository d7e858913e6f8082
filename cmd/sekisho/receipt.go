package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"sekisho/idp"
	"sekisho/idp/receipt"
)

// maxReceiptFile bounds what is read of a file that should be a receipt or a key set.
const maxReceiptFile = 1 << 20

func (a *app) receiptCommand() *cobra.Command {
	return group("receipt", "Receipts of transactions that customers approved", a.receiptVerify())
}

// receiptVerified is what --json prints.
type receiptVerified struct {
	Valid   bool            `json:"valid"`
	Problem string          `json:"problem,omitempty"`
	Receipt *receipt.Claims `json:"receipt,omitempty"`
}

// receiptVerify needs no configuration, no database and no network: whoever holds a receipt
// and the key set of its time can run it, years later and elsewhere.
func (a *app) receiptVerify() *cobra.Command {
	var jwks string
	cmd := &cobra.Command{
		Use: "verify FILE", Short: "Say whether a receipt is true, and what was approved", Args: takes("FILE"),
		Long: "Checks a receipt against a key set that was kept (the file that the provider publishes as jwks_uri), without asking anybody.\n" +
			"Exit 0: it is true. 1: it is not, or the key that signed it is not in the key set. 2: it was called wrongly.",
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := readSmall(jwks)
			if err != nil {
				return err
			}
			compact, err := readSmall(args[0])
			if err != nil {
				return err
			}
			claims, err := receipt.Verify(set, string(compact))
			if err != nil {
				return a.refuseReceipt(err)
			}
			if a.json {
				return a.print(receiptVerified{Valid: true, Receipt: claims}, nil)
			}
			return describeReceipt(a.stdout, claims)
		},
	}
	cmd.Flags().StringVar(&jwks, "jwks", "", "file with the provider's key set (required)")
	_ = cmd.MarkFlagRequired("jwks")
	return cmd
}

func (a *app) refuseReceipt(err error) error {
	if a.json {
		if printed := a.print(receiptVerified{Problem: err.Error()}, nil); printed != nil {
			return printed
		}
	}
	if errors.Is(err, idp.ErrNotFound) {
		return fmt.Errorf("the receipt cannot be checked: %w", err)
	}
	return fmt.Errorf("the receipt is not true: %w", err)
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, maxReceiptFile+1))
	if err == nil && len(body) > maxReceiptFile {
		err = fmt.Errorf("%s is too long", path)
	}
	return body, err
}

// describeReceipt says in words what was approved and what the proof is worth.
func describeReceipt(out io.Writer, c *receipt.Claims) error {
	when := func(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(time.RFC3339) }
	pretty, err := json.MarshalIndent(c.Details, "  ", "  ")
	if err != nil {
		return err
	}
	proof := "The customer's passkey signed exactly this; its signature was checked here.\n  passkey      " + c.Evidence.Credential
	if c.Evidence.Kind != receipt.ByPasskey {
		proof = "Only the provider's record says so: the customer confirmed by " + c.Evidence.Method + ", which signs nothing."
	}
	also := ""
	if c.TransactionPassword {
		also = "\n  besides      the transaction password was given"
	}
	_, err = fmt.Fprintf(out, "The receipt is true.\n\n  approved at  %s\n  by customer  %s\n  for          %s\n  at           %s\n  level        %s%s\n  receipt      %s\n\n  %s\n\n%s\n",
		when(c.IssuedAt), c.Subject, c.Client, c.Issuer, c.Level, also, c.ID, pretty, proof)
	return err
}
