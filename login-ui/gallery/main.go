// Command gallery serves every hosted page with sample content, for those who write,
// translate or restyle them: go run ./login-ui/gallery --addr localhost:9010
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"sekisho/login-ui/gallery/sample"
)

func main() {
	addr := flag.String("addr", "localhost:9010", "address to listen on")
	flag.Parse()
	if err := run(*addr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(addr string) error {
	site, err := sample.Site("http://" + addr)
	if err != nil {
		return err
	}
	fmt.Println("gallery on http://" + addr + "/")
	srv := &http.Server{Addr: addr, Handler: sample.Handler(site), ReadHeaderTimeout: 5 * time.Second}
	return srv.ListenAndServe()
}
