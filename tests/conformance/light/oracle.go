// What CometBFT's own light client says of light blocks: one question a line, one answer a line.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/light"
	"github.com/cometbft/cometbft/types"
)

type block struct {
	SignedHeader json.RawMessage `json:"signed_header"`
	Validators   json.RawMessage `json:"validators"`
}

type question struct {
	Trusted   block     `json:"trusted"`
	Untrusted block     `json:"untrusted"`
	Now       time.Time `json:"now"`
	PeriodS   int64     `json:"period_s"`
}

func read(said block) (*types.LightBlock, error) {
	header, members := &types.SignedHeader{}, []*types.Validator{}
	if err := cmtjson.Unmarshal(said.SignedHeader, header); err != nil {
		return nil, err
	}
	if err := cmtjson.Unmarshal(said.Validators, &members); err != nil {
		return nil, err
	}
	set := &types.ValidatorSet{Validators: members}
	if len(members) > 0 {
		set.Proposer = members[0]
	}
	return &types.LightBlock{SignedHeader: header, ValidatorSet: set}, set.ValidateBasic()
}

func answer(line []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return fmt.Errorf("question: %w", err)
	}
	trusted, err := read(asked.Trusted)
	if err != nil {
		return err
	}
	untrusted, err := read(asked.Untrusted)
	if err != nil {
		return err
	}
	return light.Verify(
		trusted.SignedHeader, trusted.ValidatorSet, untrusted.SignedHeader, untrusted.ValidatorSet,
		time.Duration(asked.PeriodS)*time.Second, asked.Now, 10*time.Second, light.DefaultTrustLevel,
	)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		if err := answer(lines.Bytes()); err != nil {
			fmt.Printf("%q\n", err.Error())
		} else {
			fmt.Println("null")
		}
	}
}
