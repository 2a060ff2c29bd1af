// Connects with database/sql and says who it is: main DRIVER CONNINFO.
package main

import (
	"database/sql"
	"fmt"
	"os"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
)

func main() {
	db, err := sql.Open(os.Args[1], os.Args[2])
	user := ""
	if err == nil {
		err = db.QueryRow("SELECT current_user").Scan(&user)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(user)
}
